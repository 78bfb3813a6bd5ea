import { queryOptions } from "@tanstack/react-query";
import { call } from "@/api/http";
import type { AdminSettings, CatalogEntry, Page, Provider, ProviderTest } from "@/api/types";

export const catalogQuery = () =>
  queryOptions({
    queryKey: ["providers", "catalog"],
    queryFn: ({ signal }) => call<CatalogEntry[]>("GET", "/providers/catalog", { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const providersQuery = () =>
  queryOptions({
    queryKey: ["providers"],
    queryFn: async ({ signal }) => {
      const found = await call<Page<Provider> | Provider[]>("GET", "/providers", { signal });
      return Array.isArray(found) ? found : found.items;
    },
  });

export interface ProviderInput {
  name?: string;
  provider: string;
  base_url?: string;
  api_key?: string;
}

export const addProvider = (provider: ProviderInput) =>
  call<Provider>("POST", "/providers", { body: provider });

export const updateProvider = (
  id: string,
  change: Partial<ProviderInput> & { enabled?: boolean },
) => call<Provider>("PATCH", `/providers/${id}`, { body: change });

export const deleteProvider = (id: string) => call<void>("DELETE", `/providers/${id}`);

export const testProvider = (id: string) => call<ProviderTest>("POST", `/providers/${id}/test`);

export const adminSettingsQuery = () =>
  queryOptions({
    queryKey: ["admin", "settings"],
    queryFn: ({ signal }) => call<AdminSettings>("GET", "/admin/settings", { signal }),
  });

export const updateAdminSettings = (change: Partial<AdminSettings>) =>
  call<AdminSettings>("PATCH", "/admin/settings", { body: change });
