import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call, send } from "@/api/http";
import type { Chunk, FileText, KnowledgeFile, Page, Retrieval } from "@/api/types";

/** Every document of an agent: the list is shown whole, so all pages are read. */
async function allFiles(agentId: string, signal: AbortSignal): Promise<KnowledgeFile[]> {
  const files: KnowledgeFile[] = [];
  let cursor: string | null = null;
  do {
    const query: { cursor: string | null; limit: number } = { cursor, limit: 200 };
    const page: Page<KnowledgeFile> = await call("GET", `/agents/${agentId}/files`, {
      signal,
      query,
    });
    files.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return files;
}

export const filesQuery = (agentId: string) =>
  queryOptions({
    queryKey: ["agent", agentId, "files"],
    queryFn: ({ signal }) => allFiles(agentId, signal),
  });

export const chunksQuery = (agentId: string, fileId: string) =>
  infiniteQueryOptions({
    queryKey: ["agent", agentId, "files", fileId, "chunks"],
    queryFn: ({ signal, pageParam }) =>
      call<Page<Chunk>>("GET", `/agents/${agentId}/files/${fileId}/chunks`, {
        signal,
        query: { cursor: pageParam, limit: 50 },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

export const fileTextQuery = (agentId: string, fileId: string, start: number, end: number) =>
  queryOptions({
    queryKey: ["agent", agentId, "files", fileId, "text", start, end],
    queryFn: ({ signal }) =>
      call<FileText>("GET", `/agents/${agentId}/files/${fileId}/text`, {
        signal,
        query: { start, end },
      }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const retrieveQuery = (agentId: string, query: string) =>
  queryOptions({
    queryKey: ["agent", agentId, "retrieve", query],
    queryFn: ({ signal }) =>
      call<Retrieval>("POST", `/agents/${agentId}/retrieve`, { signal, body: { query } }),
    enabled: query.trim() !== "",
    staleTime: 0,
  });

export function uploadFile(agentId: string, file: File): Promise<KnowledgeFile> {
  const body = new FormData();
  body.append("file", file);
  return call<KnowledgeFile>("POST", `/agents/${agentId}/files`, { body });
}

export const retryFile = (agentId: string, fileId: string) =>
  call<KnowledgeFile>("POST", `/agents/${agentId}/files/${fileId}/retry`);

export const deleteFile = (agentId: string, fileId: string) =>
  call<void>("DELETE", `/agents/${agentId}/files/${fileId}`);

/** Hands the original file to the browser's downloads; a plain link could not carry the token. */
export async function downloadFile(agentId: string, fileId: string, name: string): Promise<void> {
  const response = await send("GET", `/agents/${agentId}/files/${fileId}/content`);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
