import { createFileRoute } from "@tanstack/react-router";
import { ApiKeysPage } from "@/features/account/ApiKeysPage";

export const Route = createFileRoute("/_app/account/api-keys")({
  validateSearch: (search: Record<string, unknown>): { create?: boolean } => ({
    create: search.create === true || undefined,
  }),
  component: ApiKeys,
});

function ApiKeys() {
  const { create = false } = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <ApiKeysPage
      isCreating={create}
      onCreating={(open) => navigate({ search: { create: open || undefined } })}
    />
  );
}
