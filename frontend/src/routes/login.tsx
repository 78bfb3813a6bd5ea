import { useQueryClient } from "@tanstack/react-query";
import { createFileRoute, redirect, useRouter } from "@tanstack/react-router";
import { setupQuery } from "@/api/auth";
import { AuthCard } from "@/features/auth/AuthCard";
import { LoginForm } from "@/features/auth/LoginForm";
import { ownAddress } from "@/lib/address";

interface Search {
  redirect?: string;
  expired?: boolean;
}

export const Route = createFileRoute("/login")({
  validateSearch: (search: Record<string, unknown>): Search => ({
    redirect: ownAddress(search.redirect),
    expired: search.expired === true || undefined,
  }),
  loader: async ({ context }) => {
    const setup = await context.queries.fetchQuery(setupQuery());
    if (setup.needs_admin) throw redirect({ to: "/setup" });
    return setup;
  },
  component: Login,
});

function Login() {
  const { redirect: target, expired } = Route.useSearch();
  const setup = Route.useLoaderData();
  const router = useRouter();
  const queries = useQueryClient();

  async function enter() {
    queries.removeQueries({ queryKey: ["me"] });
    router.history.push(target ?? "/agents");
  }

  return (
    <AuthCard
      title="Log in"
      lead={expired ? "Your session has ended. Log in to go on where you were." : undefined}
    >
      <LoginForm onDone={enter} canRegister={setup.registration_open} redirect={target} />
    </AuthCard>
  );
}
