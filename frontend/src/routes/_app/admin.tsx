import { createFileRoute, notFound, Outlet } from "@tanstack/react-router";

/** The pages of those who look after the installation. */
export const Route = createFileRoute("/_app/admin")({
  beforeLoad: ({ context }) => {
    if (context.user.role !== "admin") throw notFound();
  },
  component: Outlet,
});
