import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call } from "@/api/http";
import type { Message, Page, Session, SessionDetail } from "@/api/types";

export const sessionsQuery = (agentId: string, q = "") =>
  infiniteQueryOptions({
    queryKey: ["agent", agentId, "sessions", { q }],
    queryFn: ({ signal, pageParam }) =>
      call<Page<Session>>("GET", `/agents/${agentId}/sessions`, {
        signal,
        query: { q, cursor: pageParam, limit: 50 },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

export const recentSessionsQuery = (agentId: string) =>
  queryOptions({
    queryKey: ["agent", agentId, "sessions", "recent"],
    queryFn: ({ signal }) =>
      call<Page<Session>>("GET", `/agents/${agentId}/sessions`, { signal, query: { limit: 20 } }),
  });

export const sessionQuery = (id: string) =>
  queryOptions({
    queryKey: ["session", id],
    queryFn: ({ signal }) => call<SessionDetail>("GET", `/sessions/${id}`, { signal }),
  });

export const createSession = (agentId: string) =>
  call<Session>("POST", `/agents/${agentId}/sessions`, { body: {} });

export const updateSession = (id: string, change: { title?: string; pinned?: boolean }) =>
  call<Session>("PATCH", `/sessions/${id}`, { body: change });

export const deleteSession = (id: string) => call<void>("DELETE", `/sessions/${id}`);

export const stopSession = (id: string) => call<void>("POST", `/sessions/${id}/stop`);

export const giveFeedback = (messageId: string, rating: "up" | "down" | null, text = "") =>
  call<Message>("POST", `/messages/${messageId}/feedback`, { body: { rating, text } });
