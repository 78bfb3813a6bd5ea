import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call } from "@/api/http";
import type {
  Agent,
  AgentCreate,
  AgentUpdate,
  Model,
  Page,
  Version,
  VersionDiff,
} from "@/api/types";

export const agentsQuery = (q = "") =>
  infiniteQueryOptions({
    queryKey: ["agents", { q }],
    queryFn: ({ signal, pageParam }) =>
      call<Page<Agent>>("GET", "/agents", { signal, query: { q, cursor: pageParam, limit: 60 } }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

export const agentQuery = (id: string) =>
  queryOptions({
    queryKey: ["agent", id],
    queryFn: ({ signal }) => call<Agent>("GET", `/agents/${id}`, { signal }),
  });

export const versionsQuery = (agentId: string) =>
  infiniteQueryOptions({
    queryKey: ["agent", agentId, "versions"],
    queryFn: ({ signal, pageParam }) =>
      call<Page<Version>>("GET", `/agents/${agentId}/versions`, {
        signal,
        query: { cursor: pageParam, limit: 50 },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

export const versionDiffQuery = (agentId: string, from: string, to: string) =>
  queryOptions({
    queryKey: ["agent", agentId, "diff", from, to],
    queryFn: ({ signal }) =>
      call<VersionDiff>("GET", `/agents/${agentId}/versions/${from}/diff/${to}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const modelsQuery = () =>
  queryOptions({
    queryKey: ["models"],
    queryFn: ({ signal }) => call<Model[]>("GET", "/models", { signal }),
    staleTime: 60_000,
  });

export const createAgent = (agent: AgentCreate) => call<Agent>("POST", "/agents", { body: agent });

export const updateAgent = (id: string, change: AgentUpdate) =>
  call<Agent>("PATCH", `/agents/${id}`, { body: change });

export const deleteAgent = (id: string) => call<void>("DELETE", `/agents/${id}`);

export const activateVersion = (agentId: string, versionId: string) =>
  call<Agent>("POST", `/agents/${agentId}/versions/${versionId}/activate`);

export const snapshotVersion = (agentId: string, summary: string) =>
  call<Version>("POST", `/agents/${agentId}/versions`, { body: { change_summary: summary } });
