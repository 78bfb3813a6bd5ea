import { createFileRoute, redirect } from "@tanstack/react-router";

export const Route = createFileRoute("/_app/agents/$agentId/")({
  beforeLoad: ({ params }) => {
    throw redirect({
      to: "/agents/$agentId/chat/{-$sessionId}",
      params: { agentId: params.agentId },
      replace: true,
    });
  },
});
