import { createFileRoute } from "@tanstack/react-router";

export const Route = createFileRoute("/_app/agents/$agentId/settings")({
  component: () => null,
});
