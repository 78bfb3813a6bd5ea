import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { body, client, open } from "@/api/client";
import type { Filter, KnowledgeFile } from "@/api/types";
import { saveAs } from "@/lib/download";

/** Every document of an agent: the list is shown whole, so all pages are read. */
async function allFiles(agent_id: string, signal: AbortSignal): Promise<KnowledgeFile[]> {
  const files: KnowledgeFile[] = [];
  let cursor: string | undefined;
  do {
    const params = { path: { agent_id }, query: { cursor, limit: 200 } };
    const page = await body(client.GET("/api/v1/agents/{agent_id}/files", { signal, params }));
    files.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return files;
}

export const filesQuery = (agentId: string) =>
  queryOptions({
    queryKey: ["agent", agentId, "files"],
    queryFn: ({ signal }) => allFiles(agentId, signal),
  });

export const chunksQuery = (agent_id: string, file_id: string) =>
  infiniteQueryOptions({
    queryKey: ["agent", agent_id, "files", file_id, "chunks"],
    queryFn: ({ signal, pageParam: cursor }) =>
      body(
        client.GET("/api/v1/agents/{agent_id}/files/{file_id}/chunks", {
          signal,
          params: { path: { agent_id, file_id }, query: { cursor, limit: 50 } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  });

export const fileTextQuery = (agent_id: string, file_id: string, start: number, end: number) =>
  queryOptions({
    queryKey: ["agent", agent_id, "files", file_id, "text", start, end],
    queryFn: ({ signal }) =>
      body(
        client.GET("/api/v1/agents/{agent_id}/files/{file_id}/text", {
          signal,
          params: { path: { agent_id, file_id }, query: { start, end } },
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const fileQuery = (agent_id: string, file_id: string) =>
  queryOptions({
    queryKey: ["agent", agent_id, "files", file_id],
    queryFn: ({ signal }) =>
      body(
        client.GET("/api/v1/agents/{agent_id}/files/{file_id}", {
          signal,
          params: { path: { agent_id, file_id } },
        }),
      ),
  });

export const formatsQuery = () =>
  queryOptions({
    queryKey: ["formats"],
    queryFn: ({ signal }) => body(client.GET("/api/v1/knowledge/formats", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const tagsQuery = (agent_id: string) =>
  queryOptions({
    queryKey: ["agent", agent_id, "tags"],
    queryFn: ({ signal }) =>
      body(
        client.GET("/api/v1/agents/{agent_id}/tags", { signal, params: { path: { agent_id } } }),
      ),
  });

/** The filter as the API describes it: a list that is left out is an empty one. */
function whole(filter: Filter) {
  return { tags: [], files: [], ...filter };
}

export const retrieveQuery = (agent_id: string, query: string, filter: Filter) =>
  queryOptions({
    queryKey: ["agent", agent_id, "retrieve", query, filter],
    queryFn: ({ signal }) =>
      body(
        client.POST("/api/v1/agents/{agent_id}/retrieve", {
          signal,
          params: { path: { agent_id } },
          body: { query, filter: whole(filter) },
        }),
      ),
    enabled: query.trim() !== "",
    staleTime: 0,
  });

export const testCoverage = (agent_id: string, questions: string[], filter: Filter) =>
  body(
    client.POST("/api/v1/agents/{agent_id}/coverage", {
      params: { path: { agent_id } },
      body: { questions, filter: whole(filter) },
    }),
  );

export const updateFile = (agent_id: string, file_id: string, change: { tags: string[] }) =>
  body(
    client.PATCH("/api/v1/agents/{agent_id}/files/{file_id}", {
      params: { path: { agent_id, file_id } },
      body: change,
    }),
  );

export const cancelFile = (agent_id: string, file_id: string) =>
  body(
    client.POST("/api/v1/agents/{agent_id}/files/{file_id}/cancel", {
      params: { path: { agent_id, file_id } },
    }),
  );

export const retryFile = (agent_id: string, file_id: string) =>
  body(
    client.POST("/api/v1/agents/{agent_id}/files/{file_id}/retry", {
      params: { path: { agent_id, file_id } },
    }),
  );

export const deleteFile = (agent_id: string, file_id: string) =>
  client.DELETE("/api/v1/agents/{agent_id}/files/{file_id}", {
    params: { path: { agent_id, file_id } },
  });

/** Hands the original file to the browser's downloads; a plain link could not carry the token. */
export async function downloadFile(agentId: string, fileId: string, name: string): Promise<void> {
  const response = await open("GET", `/agents/${agentId}/files/${fileId}/content`);
  saveAs(await response.blob(), name);
}
