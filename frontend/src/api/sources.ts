import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import type { Source, SourceCreate } from "@/api/types";

const ALL = 200;

/** The web sources of an agent, newest first. */
export const sourcesQuery = (agent_id: string) =>
  queryOptions({
    queryKey: ["agent", agent_id, "sources"],
    queryFn: async ({ signal }) => {
      const params = { path: { agent_id }, query: { limit: ALL } };
      const page = await body(client.GET("/api/v1/agents/{agent_id}/sources", { signal, params }));
      return page.items;
    },
  });

export const addSource = (agent_id: string, wanted: SourceCreate) =>
  body(
    client.POST("/api/v1/agents/{agent_id}/sources", {
      params: { path: { agent_id } },
      body: wanted,
    }),
  );

export const syncSource = (agent_id: string, source_id: string) =>
  body(
    client.POST("/api/v1/agents/{agent_id}/sources/{source_id}/sync", {
      params: { path: { agent_id, source_id } },
    }),
  );

export const cancelSource = (agent_id: string, source_id: string) =>
  body(
    client.POST("/api/v1/agents/{agent_id}/sources/{source_id}/cancel", {
      params: { path: { agent_id, source_id } },
    }),
  );

export const deleteSource = (agent_id: string, source_id: string) =>
  client.DELETE("/api/v1/agents/{agent_id}/sources/{source_id}", {
    params: { path: { agent_id, source_id } },
  });

/** Shows a source as it is now, wherever the list is shown. */
export function putSource(queries: QueryClient, agentId: string, source: Source): void {
  queries.setQueryData(sourcesQuery(agentId).queryKey, (old) => {
    if (!old) return old;
    const isKnown = old.some(({ id }) => id === source.id);
    return isKnown ? old.map((each) => (each.id === source.id ? source : each)) : [source, ...old];
  });
}

export function dropSource(queries: QueryClient, agentId: string, sourceId: string): void {
  queries.setQueryData(sourcesQuery(agentId).queryKey, (old) =>
    old?.filter(({ id }) => id !== sourceId),
  );
}
