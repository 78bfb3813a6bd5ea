import { useQueryClient } from "@tanstack/react-query";
import { createFileRoute, redirect, useNavigate } from "@tanstack/react-router";
import { setupQuery } from "@/api/auth";
import { AuthCard } from "@/features/auth/AuthCard";
import { RegisterForm } from "@/features/auth/RegisterForm";

export const Route = createFileRoute("/setup")({
  loader: async ({ context }) => {
    const setup = await context.queries.fetchQuery(setupQuery());
    if (!setup.needs_admin) throw redirect({ to: "/login", search: {} });
  },
  component: FirstRun,
});

function FirstRun() {
  const navigate = useNavigate();
  const queries = useQueryClient();

  async function enter() {
    queries.removeQueries({ queryKey: ["me"] });
    const setup = await queries.fetchQuery({ ...setupQuery(), staleTime: 0 });
    if (setup.demo_agent_id) {
      await navigate({
        to: "/agents/$agentId/chat/{-$sessionId}",
        params: { agentId: setup.demo_agent_id },
      });
    } else await navigate({ to: "/agents" });
  }

  return (
    <AuthCard
      title="Welcome to AgentGrid"
      lead="Create the first account. It looks after this installation."
    >
      <RegisterForm action="Create account" onDone={enter} />
    </AuthCard>
  );
}
