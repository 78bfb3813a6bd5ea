import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { agentQuery } from "@/api/agents";
import { open } from "@/api/client";
import { filesQuery } from "@/api/files";
import type { KnowledgeFile } from "@/api/types";
import { readEvents } from "@/lib/sse";

const RETRY_MS = 3_000;

/** The list with one file as it is now; a file that was not there yet comes first. */
export function mergeFile(
  files: KnowledgeFile[] | undefined,
  file: KnowledgeFile,
): KnowledgeFile[] {
  if (!files) return [file];
  const known = files.some((other) => other.id === file.id);
  return known ? files.map((other) => (other.id === file.id ? file : other)) : [file, ...files];
}

export function isProcessing(file: KnowledgeFile): boolean {
  return file.status !== "ready" && file.status !== "failed";
}

/** Puts a file into the list; a list on its way was read before this news and must not undo it. */
async function takeFile(queries: QueryClient, agentId: string, file: KnowledgeFile): Promise<void> {
  const { queryKey } = filesQuery(agentId);
  await queries
    .getQueryCache()
    .find({ queryKey })
    ?.promise?.catch(() => undefined);
  queries.setQueryData(queryKey, (old: KnowledgeFile[] | undefined) => mergeFile(old, file));
  if (!isProcessing(file)) {
    void queries.invalidateQueries({ queryKey: agentQuery(agentId).queryKey, exact: true });
  }
}

async function listen(
  agentId: string,
  signal: AbortSignal,
  take: (file: KnowledgeFile) => Promise<void>,
) {
  const response = await open("GET", `/agents/${agentId}/files/events`, {
    signal,
    headers: { accept: "text/event-stream" },
  });
  if (!response.body) return;
  for await (const event of readEvents(response.body)) {
    if (event.event === "file") await take(JSON.parse(event.data) as KnowledgeFile);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Follows the reading of documents live. False while the stream is down, so that the list polls. */
export function useFileEvents(agentId: string): boolean {
  const queries = useQueryClient();
  const [isLive, setLive] = useState(true);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    async function follow() {
      while (!signal.aborted) {
        try {
          await listen(agentId, signal, (file) => {
            setLive(true);
            return takeFile(queries, agentId, file);
          });
        } catch {
          // The stream is a convenience; the list itself says when the server is away.
        }
        if (signal.aborted) return;
        setLive(false);
        await pause(RETRY_MS, signal);
        // What happened while nobody listened.
        void queries.invalidateQueries({ queryKey: filesQuery(agentId).queryKey });
      }
    }
    void follow();
    return () => controller.abort();
  }, [agentId, queries]);
  return isLive;
}
