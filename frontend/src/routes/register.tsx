import { useQueryClient } from "@tanstack/react-query";
import { createFileRoute, redirect, useRouter } from "@tanstack/react-router";
import { setupQuery } from "@/api/auth";
import { AnchorLink } from "@/components/links";
import { AuthCard } from "@/features/auth/AuthCard";
import { RegisterForm } from "@/features/auth/RegisterForm";
import { ownAddress } from "@/lib/address";

export const Route = createFileRoute("/register")({
  validateSearch: (search: Record<string, unknown>): { redirect?: string } => ({
    redirect: ownAddress(search.redirect),
  }),
  loader: async ({ context }) => {
    const setup = await context.queries.fetchQuery(setupQuery());
    if (setup.needs_admin) throw redirect({ to: "/setup" });
    if (!setup.registration_open) throw redirect({ to: "/login", search: {} });
  },
  component: Register,
});

function Register() {
  const { redirect: target } = Route.useSearch();
  const router = useRouter();
  const queries = useQueryClient();

  async function enter() {
    queries.removeQueries({ queryKey: ["me"] });
    router.history.push(target ?? "/agents");
  }

  return (
    <AuthCard title="Create your account">
      <RegisterForm action="Create account" onDone={enter} />
      <AnchorLink
        to="/login"
        search={{ redirect: target }}
        size="sm"
        ta="center"
        display="block"
        mt="md"
      >
        I have an account
      </AnchorLink>
    </AuthCard>
  );
}
