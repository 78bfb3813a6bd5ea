import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { agentQuery } from "@/api/agents";
import { tagsQuery } from "@/api/files";
import { uploadFile } from "@/api/upload";
import { FileNews } from "../fileNews";
import { type Batch, UploadQueue } from "./uploadQueue";

const queues = new WeakMap<QueryClient, Map<string, UploadQueue>>();

function queueOf(queries: QueryClient, agentId: string): UploadQueue {
  const known = queues.get(queries) ?? new Map<string, UploadQueue>();
  queues.set(queries, known);
  let queue = known.get(agentId);
  if (!queue) {
    const news = new FileNews(queries, agentId);
    queue = new UploadQueue({
      send: async ({ file, how }, onProgress, signal) => {
        news.put(await uploadFile(agentId, file, { ...how, onProgress, signal }));
      },
      onEnd: () => {
        void queries.invalidateQueries({ queryKey: agentQuery(agentId).queryKey, exact: true });
        void queries.invalidateQueries({ queryKey: tagsQuery(agentId).queryKey });
      },
    });
    known.set(agentId, queue);
  }
  return queue;
}

export interface Uploads extends Batch {
  queue: UploadQueue;
}

/** The uploads of an agent, which go on while another page is looked at. */
export function useUploads(agentId: string): Uploads {
  const queries = useQueryClient();
  const queue = queueOf(queries, agentId);
  const batch = useSyncExternalStore(queue.subscribe, queue.get);
  const isSending = batch.total > 0;
  useEffect(() => {
    if (!isSending) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isSending]);
  return { ...batch, queue };
}
