import { createFileRoute } from "@tanstack/react-router";
import { ProvidersPage } from "@/features/admin/ProvidersPage";

export const Route = createFileRoute("/_app/admin/providers")({
  validateSearch: (search: Record<string, unknown>): { edit?: string } => ({
    edit: typeof search.edit === "string" ? search.edit : undefined,
  }),
  component: Providers,
});

function Providers() {
  const { edit } = Route.useSearch();
  const navigate = Route.useNavigate();
  return <ProvidersPage editing={edit} onEdit={(what) => navigate({ search: { edit: what } })} />;
}
