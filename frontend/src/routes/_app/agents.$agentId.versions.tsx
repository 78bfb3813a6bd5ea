import { createFileRoute } from "@tanstack/react-router";

export const Route = createFileRoute("/_app/agents/$agentId/versions")({
  component: () => null,
});
