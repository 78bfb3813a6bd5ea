import { queryOptions } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import type { AdminSettingsUpdate, ProviderCreate, ProviderUpdate } from "@/api/types";

export const catalogQuery = () =>
  queryOptions({
    queryKey: ["providers", "catalog"],
    queryFn: ({ signal }) => body(client.GET("/api/v1/providers/catalog", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const providersQuery = () =>
  queryOptions({
    queryKey: ["providers"],
    queryFn: ({ signal }) =>
      body(client.GET("/api/v1/providers", { signal, params: { query: { limit: 200 } } })),
  });

export const addProvider = (provider: ProviderCreate) =>
  body(client.POST("/api/v1/providers", { body: provider }));

const byId = (connection_id: string) => ({ path: { connection_id } });

export const updateProvider = (id: string, change: ProviderUpdate) =>
  body(client.PATCH("/api/v1/providers/{connection_id}", { params: byId(id), body: change }));

export const deleteProvider = (id: string) =>
  client.DELETE("/api/v1/providers/{connection_id}", { params: byId(id) });

export const testProvider = (id: string) =>
  body(client.POST("/api/v1/providers/{connection_id}/test", { params: byId(id) }));

export const adminSettingsQuery = () =>
  queryOptions({
    queryKey: ["admin", "settings"],
    queryFn: ({ signal }) => body(client.GET("/api/v1/admin/settings", { signal })),
  });

export const updateAdminSettings = (change: AdminSettingsUpdate) =>
  body(client.PATCH("/api/v1/admin/settings", { body: change }));
