import { createFileRoute } from "@tanstack/react-router";

export const Route = createFileRoute("/_app/account/api-keys")({
  component: () => null,
});
