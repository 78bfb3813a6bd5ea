import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute, Outlet, redirect } from "@tanstack/react-router";
import { meQuery, setupQuery } from "@/api/auth";
import { Frame } from "@/features/frame/Frame";
import { ensureSignedIn } from "@/lib/auth";
import { asApiError } from "@/lib/problem";

/** Everything behind the login. */
export const Route = createFileRoute("/_app")({
  beforeLoad: async ({ context, location }) => {
    const signedIn = await ensureSignedIn().catch((error: unknown) => {
      throw asApiError(error);
    });
    if (!signedIn) {
      const setup = await context.queries.fetchQuery(setupQuery());
      if (setup.needs_admin) throw redirect({ to: "/setup" });
      const back = location.href === "/agents" ? {} : { redirect: location.href };
      throw redirect({ to: "/login", search: back });
    }
    return { user: await context.queries.ensureQueryData(meQuery()) };
  },
  component: App,
});

function App() {
  const { data: user } = useSuspenseQuery(meQuery());
  return (
    <Frame user={user}>
      <Outlet />
    </Frame>
  );
}
