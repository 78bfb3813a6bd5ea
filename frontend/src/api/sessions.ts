import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { body, client } from "@/api/client";

const FIRST_PAGE = undefined as string | undefined;

export const sessionsQuery = (agent_id: string, q = "") =>
  infiniteQueryOptions({
    queryKey: ["agent", agent_id, "sessions", { q }],
    queryFn: ({ signal, pageParam: cursor }) =>
      body(
        client.GET("/api/v1/agents/{agent_id}/sessions", {
          signal,
          params: { path: { agent_id }, query: { q, cursor, limit: 50 } },
        }),
      ),
    initialPageParam: FIRST_PAGE,
    getNextPageParam: (page) => page.next_cursor,
  });

export const pinnedSessionsQuery = (agent_id: string) =>
  queryOptions({
    queryKey: ["agent", agent_id, "sessions", "pinned"],
    queryFn: ({ signal }) =>
      body(
        client.GET("/api/v1/agents/{agent_id}/sessions", {
          signal,
          params: { path: { agent_id }, query: { pinned: true, limit: 200 } },
        }),
      ),
  });

export const recentSessionsQuery = (agent_id: string) =>
  queryOptions({
    queryKey: ["agent", agent_id, "sessions", "recent"],
    queryFn: ({ signal }) =>
      body(
        client.GET("/api/v1/agents/{agent_id}/sessions", {
          signal,
          params: { path: { agent_id }, query: { limit: 20 } },
        }),
      ),
  });

export const sessionQuery = (session_id: string) =>
  queryOptions({
    queryKey: ["session", session_id],
    queryFn: ({ signal }) =>
      body(
        client.GET("/api/v1/sessions/{session_id}", { signal, params: { path: { session_id } } }),
      ),
  });

export const createSession = (agent_id: string) =>
  body(
    client.POST("/api/v1/agents/{agent_id}/sessions", {
      params: { path: { agent_id } },
      body: { title: "" },
    }),
  );

export const updateSession = (session_id: string, change: { title?: string; pinned?: boolean }) =>
  body(
    client.PATCH("/api/v1/sessions/{session_id}", {
      params: { path: { session_id } },
      body: change,
    }),
  );

export const deleteSession = (session_id: string) =>
  client.DELETE("/api/v1/sessions/{session_id}", { params: { path: { session_id } } });

export const stopSession = (session_id: string) =>
  client.POST("/api/v1/sessions/{session_id}/stop", { params: { path: { session_id } } });

export const giveFeedback = (message_id: string, rating: "up" | "down" | null, text = "") =>
  body(
    client.POST("/api/v1/messages/{message_id}/feedback", {
      params: { path: { message_id } },
      body: { rating, text },
    }),
  );
