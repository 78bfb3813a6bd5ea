import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { agentQuery } from "@/api/agents";
import { KnowledgePage } from "@/features/knowledge/KnowledgePage";

interface Search {
  file?: string;
  query?: string;
}

export const Route = createFileRoute("/_app/agents/$agentId/knowledge")({
  validateSearch: (search: Record<string, unknown>): Search => ({
    file: typeof search.file === "string" ? search.file : undefined,
    query: typeof search.query === "string" ? search.query : undefined,
  }),
  component: Knowledge,
});

function Knowledge() {
  const { agentId } = Route.useParams();
  const { file, query = "" } = Route.useSearch();
  const { data: agent } = useSuspenseQuery(agentQuery(agentId));
  const navigate = Route.useNavigate();
  return (
    <KnowledgePage
      agent={agent}
      openFileId={file}
      query={query}
      onOpenFile={(id) => navigate({ search: (old) => ({ ...old, file: id }) })}
      onQuery={(text) => navigate({ search: (old) => ({ ...old, query: text || undefined }) })}
    />
  );
}
