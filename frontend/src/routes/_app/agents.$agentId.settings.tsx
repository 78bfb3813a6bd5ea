import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { agentQuery } from "@/api/agents";
import { SettingsPage } from "@/features/agents/SettingsPage";

export const Route = createFileRoute("/_app/agents/$agentId/settings")({
  component: Settings,
});

function Settings() {
  const { agentId } = Route.useParams();
  const { data: agent } = useSuspenseQuery(agentQuery(agentId));
  const navigate = Route.useNavigate();
  return <SettingsPage key={agentId} agent={agent} onDeleted={() => navigate({ to: "/agents" })} />;
}
