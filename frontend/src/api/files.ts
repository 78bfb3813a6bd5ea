import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { body, client, open } from "@/api/client";
import type { TagCount } from "@/api/pending";
import type { CoverageReport, Filter, Formats, KnowledgeFile, Retrieval } from "@/api/types";
import { saveAs } from "@/lib/download";

/** Every document of an agent: the list is shown whole, so all pages are read. */
async function allFiles(agent_id: string, signal: AbortSignal): Promise<KnowledgeFile[]> {
  const files: KnowledgeFile[] = [];
  let cursor: string | undefined;
  do {
    const params = { path: { agent_id }, query: { cursor, limit: 200 } };
    const page = await body(client.GET("/api/v1/agents/{agent_id}/files", { signal, params }));
    files.push(...(page.items as KnowledgeFile[]));
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
    queryFn: async ({ signal }) =>
      (await body(
        client.GET("/api/v1/agents/{agent_id}/files/{file_id}", {
          signal,
          params: { path: { agent_id, file_id } },
        }),
      )) as KnowledgeFile,
  });

async function json<T>(answer: Promise<Response>): Promise<T> {
  return (await (await answer).json()) as T;
}

export const formatsQuery = () =>
  queryOptions({
    queryKey: ["formats"],
    queryFn: ({ signal }) => json<Formats>(open("GET", "/knowledge/formats", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const tagsQuery = (agentId: string) =>
  queryOptions({
    queryKey: ["agent", agentId, "tags"],
    queryFn: ({ signal }) => json<TagCount[]>(open("GET", `/agents/${agentId}/tags`, { signal })),
  });

export const retrieveQuery = (agentId: string, query: string, filter: Filter) =>
  queryOptions({
    queryKey: ["agent", agentId, "retrieve", query, filter],
    queryFn: ({ signal }) =>
      json<Retrieval>(
        open("POST", `/agents/${agentId}/retrieve`, { signal, body: { query, filter } }),
      ),
    enabled: query.trim() !== "",
    staleTime: 0,
  });

export const testCoverage = (agentId: string, questions: string[], filter: Filter) =>
  json<CoverageReport>(
    open("POST", `/agents/${agentId}/coverage`, { body: { questions, filter } }),
  );

export const updateFile = (agentId: string, fileId: string, change: { tags: string[] }) =>
  json<KnowledgeFile>(open("PATCH", `/agents/${agentId}/files/${fileId}`, { body: change }));

export const cancelFile = (agentId: string, fileId: string) =>
  json<KnowledgeFile>(open("POST", `/agents/${agentId}/files/${fileId}/cancel`));

export const retryFile = (agent_id: string, file_id: string) =>
  body(
    client.POST("/api/v1/agents/{agent_id}/files/{file_id}/retry", {
      params: { path: { agent_id, file_id } },
    }),
  ) as Promise<KnowledgeFile>;

export const deleteFile = (agent_id: string, file_id: string) =>
  client.DELETE("/api/v1/agents/{agent_id}/files/{file_id}", {
    params: { path: { agent_id, file_id } },
  });

/** Hands the original file to the browser's downloads; a plain link could not carry the token. */
export async function downloadFile(agentId: string, fileId: string, name: string): Promise<void> {
  const response = await open("GET", `/agents/${agentId}/files/${fileId}/content`);
  saveAs(await response.blob(), name);
}
