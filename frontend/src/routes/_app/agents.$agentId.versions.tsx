import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { agentQuery } from "@/api/agents";
import { VersionsPage } from "@/features/versions/VersionsPage";

interface Search {
  from?: string;
  to?: string;
}

export const Route = createFileRoute("/_app/agents/$agentId/versions")({
  validateSearch: (search: Record<string, unknown>): Search => ({
    from: typeof search.from === "string" ? search.from : undefined,
    to: typeof search.to === "string" ? search.to : undefined,
  }),
  component: Versions,
});

function Versions() {
  const { agentId } = Route.useParams();
  const { from, to } = Route.useSearch();
  const { data: agent } = useSuspenseQuery(agentQuery(agentId));
  const navigate = Route.useNavigate();
  return (
    <VersionsPage
      agent={agent}
      compare={from && to ? { from, to } : null}
      onCompare={(pair) => navigate({ search: pair ?? {} })}
    />
  );
}
