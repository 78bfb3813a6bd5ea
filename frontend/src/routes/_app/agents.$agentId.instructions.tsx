import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { agentQuery } from "@/api/agents";
import { InstructionsPage } from "@/features/agents/InstructionsPage";

export const Route = createFileRoute("/_app/agents/$agentId/instructions")({
  component: Instructions,
});

function Instructions() {
  const { agentId } = Route.useParams();
  const { data: agent } = useSuspenseQuery(agentQuery(agentId));
  return <InstructionsPage key={agentId} agent={agent} />;
}
