import { createFileRoute, useNavigate } from "@tanstack/react-router";
import { AgentsPage } from "@/features/agents/AgentsPage";

interface Search {
  q?: string;
  create?: boolean;
}

export const Route = createFileRoute("/_app/agents/")({
  validateSearch: (search: Record<string, unknown>): Search => ({
    q: typeof search.q === "string" && search.q ? search.q : undefined,
    create: search.create === true || undefined,
  }),
  component: Agents,
});

function Agents() {
  const { q = "", create = false } = Route.useSearch();
  const navigate = useNavigate({ from: "/agents/" });
  return (
    <AgentsPage
      q={q}
      onSearch={(next) =>
        navigate({ search: (old) => ({ ...old, q: next || undefined }), replace: true })
      }
      isCreating={create}
      onCreating={(next) => navigate({ search: (old) => ({ ...old, create: next || undefined }) })}
      onCreated={(agent) =>
        navigate({ to: "/agents/$agentId/instructions", params: { agentId: agent.id } })
      }
    />
  );
}
