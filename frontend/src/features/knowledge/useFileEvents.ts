import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { open } from "@/api/client";
import { filesQuery } from "@/api/files";
import { dropSource, putSource, sourcesQuery } from "@/api/sources";
import type { KnowledgeFile, Source } from "@/api/types";
import { readEvents } from "@/lib/sse";
import { FileNews } from "./fileNews";

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

async function listen(
  agentId: string,
  signal: AbortSignal,
  queries: QueryClient,
  news: FileNews,
  onOpen: () => void,
) {
  const response = await open("GET", `/agents/${agentId}/files/events`, {
    signal,
    headers: { accept: "text/event-stream" },
  });
  if (!response.body) return;
  onOpen();
  for await (const { event, data } of readEvents(response.body)) {
    if (event === "file") news.put(JSON.parse(data) as KnowledgeFile);
    if (event === "removed") news.remove((JSON.parse(data) as { id: string }).id);
    if (event === "source") putSource(queries, agentId, JSON.parse(data) as Source);
    if (event === "source_removed") {
      dropSource(queries, agentId, (JSON.parse(data) as { id: string }).id);
    }
  }
}

/** Waits; a network that comes back ends the wait. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, ms);
    function finish() {
      clearTimeout(timer);
      window.removeEventListener("online", finish);
      signal.removeEventListener("abort", finish);
      resolve();
    }
    window.addEventListener("online", finish);
    signal.addEventListener("abort", finish);
  });
}

/** Follows the reading of documents live. False while the stream is down, so that the list polls. */
export function useFileEvents(agentId: string): boolean {
  const queries = useQueryClient();
  const [isLive, setLive] = useState(true);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const news = new FileNews(queries, agentId);
    async function follow() {
      let wait = FIRST_RETRY_MS;
      while (!signal.aborted) {
        try {
          await listen(agentId, signal, queries, news, () => {
            setLive(true);
            wait = FIRST_RETRY_MS;
          });
        } catch {
          // The stream is a convenience; the list itself says when the server is away.
        }
        if (signal.aborted) return;
        setLive(false);
        await pause(wait, signal);
        wait = Math.min(LONGEST_RETRY_MS, wait * 2);
        // What happened while nobody listened.
        void queries.invalidateQueries({ queryKey: filesQuery(agentId).queryKey, exact: true });
        void queries.invalidateQueries({ queryKey: sourcesQuery(agentId).queryKey });
      }
    }
    void follow();
    return () => controller.abort();
  }, [agentId, queries]);
  return isLive;
}
