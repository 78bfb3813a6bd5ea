import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { body, client, open } from "@/api/client";
import type { KnowledgeFile } from "@/api/types";

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

export const retrieveQuery = (agent_id: string, query: string) =>
  queryOptions({
    queryKey: ["agent", agent_id, "retrieve", query],
    queryFn: ({ signal }) =>
      body(
        client.POST("/api/v1/agents/{agent_id}/retrieve", {
          signal,
          params: { path: { agent_id } },
          body: { query },
        }),
      ),
    enabled: query.trim() !== "",
    staleTime: 0,
  });

export function uploadFile(agent_id: string, file: File): Promise<KnowledgeFile> {
  const form = new FormData();
  form.append("file", file);
  return body(
    client.POST("/api/v1/agents/{agent_id}/files", {
      params: { path: { agent_id } },
      // The description calls a file's bytes a string; what is sent is the form.
      body: { file: "" },
      bodySerializer: () => form,
    }),
  );
}

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
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
