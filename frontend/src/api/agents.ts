import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import type { AgentCreate, AgentUpdate } from "@/api/types";

const FIRST_PAGE = undefined as string | undefined;

export const agentsQuery = (q = "") =>
  infiniteQueryOptions({
    queryKey: ["agents", { q }],
    queryFn: ({ signal, pageParam: cursor }) =>
      body(client.GET("/api/v1/agents", { signal, params: { query: { q, cursor, limit: 60 } } })),
    initialPageParam: FIRST_PAGE,
    getNextPageParam: (page) => page.next_cursor,
  });

const READING_POLL_MS = 2000;

export const agentQuery = (agent_id: string) =>
  queryOptions({
    queryKey: ["agent", agent_id],
    queryFn: ({ signal }) =>
      body(client.GET("/api/v1/agents/{agent_id}", { signal, params: { path: { agent_id } } })),
    // While documents are being read, what the pages say of them must not go stale.
    refetchInterval: ({ state }) => (state.data?.files.processing ? READING_POLL_MS : false),
  });

export const versionsQuery = (agent_id: string) =>
  infiniteQueryOptions({
    queryKey: ["agent", agent_id, "versions"],
    queryFn: ({ signal, pageParam: cursor }) =>
      body(
        client.GET("/api/v1/agents/{agent_id}/versions", {
          signal,
          params: { path: { agent_id }, query: { cursor, limit: 50 } },
        }),
      ),
    initialPageParam: FIRST_PAGE,
    getNextPageParam: (page) => page.next_cursor,
  });

export const versionDiffQuery = (agent_id: string, before_id: string, after_id: string) =>
  queryOptions({
    queryKey: ["agent", agent_id, "diff", before_id, after_id],
    queryFn: ({ signal }) =>
      body(
        client.GET("/api/v1/agents/{agent_id}/versions/{before_id}/diff/{after_id}", {
          signal,
          params: { path: { agent_id, before_id, after_id } },
        }),
      ),
  });

export const modelsQuery = () =>
  queryOptions({
    queryKey: ["models"],
    queryFn: ({ signal }) => body(client.GET("/api/v1/models", { signal })),
    staleTime: 60_000,
  });

export const createAgent = (agent: AgentCreate) =>
  body(client.POST("/api/v1/agents", { body: agent }));

export const updateAgent = (agent_id: string, change: AgentUpdate) =>
  body(client.PATCH("/api/v1/agents/{agent_id}", { params: { path: { agent_id } }, body: change }));

export const deleteAgent = (agent_id: string) =>
  client.DELETE("/api/v1/agents/{agent_id}", { params: { path: { agent_id } } });

export const activateVersion = (agent_id: string, version_id: string) =>
  body(
    client.POST("/api/v1/agents/{agent_id}/versions/{version_id}/activate", {
      params: { path: { agent_id, version_id } },
    }),
  );

export const snapshotVersion = (agent_id: string, change_summary: string) =>
  body(
    client.POST("/api/v1/agents/{agent_id}/versions", {
      params: { path: { agent_id } },
      body: { change_summary },
    }),
  );
