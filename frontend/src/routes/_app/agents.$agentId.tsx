import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute, Outlet } from "@tanstack/react-router";
import { agentQuery } from "@/api/agents";
import { AgentWorkspace } from "@/features/agents/AgentWorkspace";

export const Route = createFileRoute("/_app/agents/$agentId")({
  loader: ({ context, params }) => context.queries.ensureQueryData(agentQuery(params.agentId)),
  component: Workspace,
});

function Workspace() {
  const { agentId } = Route.useParams();
  const { data: agent } = useSuspenseQuery(agentQuery(agentId));
  const { user } = Route.useRouteContext();
  return (
    <AgentWorkspace agent={agent} canEdit={user.role === "admin" || agent.owner_id === user.id}>
      <Outlet />
    </AgentWorkspace>
  );
}
