import { Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { cancelFile, deleteFile, retryFile, updateFile } from "@/api/files";
import type { KnowledgeFile } from "@/api/types";
import { notifyDone, notifyError } from "@/components/notify";
import { plural } from "@/lib/format";
import { FileNews } from "../fileNews";

const AT_ONCE = 4;

/** Does the same to every item, a few at a time; answers the first failure, if any. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<unknown> {
  const queue = [...items];
  let failure: unknown = null;
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      try {
        await work(item);
      } catch (error) {
        failure ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return failure;
}

function named(files: readonly KnowledgeFile[]): string {
  const [first] = files;
  return files.length === 1 && first ? first.name : plural(files.length, "document");
}

export interface FileActions {
  /** Files that something is being done to. */
  busy: ReadonlySet<string>;
  retry: (files: KnowledgeFile[]) => void;
  cancel: (files: KnowledgeFile[]) => void;
  remove: (files: KnowledgeFile[]) => void;
  setTags: (file: KnowledgeFile, tags: string[]) => void;
  addTags: (files: KnowledgeFile[], tags: string[]) => void;
}

/** What can be done to documents, one or many. */
export function useFileActions(agentId: string): FileActions {
  const queries = useQueryClient();
  const news = useMemo(() => new FileNews(queries, agentId), [queries, agentId]);
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());

  async function run(
    files: KnowledgeFile[],
    failed: string,
    work: (file: KnowledgeFile) => Promise<void>,
  ): Promise<boolean> {
    const ids = files.map(({ id }) => id);
    setBusy((old) => new Set([...old, ...ids]));
    const failure = await forEach(files, work);
    setBusy((old) => new Set([...old].filter((id) => !ids.includes(id))));
    if (failure !== null) notifyError(failure, failed);
    return failure === null;
  }

  async function removeNow(files: KnowledgeFile[]) {
    const done = await run(files, "Not everything was removed", async (file) => {
      await deleteFile(agentId, file.id);
      news.remove(file.id);
    });
    if (done) {
      notifyDone(`${named(files)} ${files.length === 1 ? "was" : "were"} removed`);
    }
  }

  return {
    busy,
    retry: (files) =>
      void run(files, "It can't be tried again now", async (file) =>
        news.put(await retryFile(agentId, file.id)),
      ),
    cancel: (files) =>
      void run(files, "It was not stopped", async (file) =>
        news.put(await cancelFile(agentId, file.id)),
      ),
    remove: (files) =>
      modals.openConfirmModal({
        title: `Remove ${named(files)}?`,
        children: (
          <Text>
            The agent stops reading {files.length === 1 ? "it" : "them"} at once. Earlier answers
            keep their sources.
          </Text>
        ),
        labels: { confirm: "Remove", cancel: files.length === 1 ? "Keep it" : "Keep them" },
        confirmProps: { color: "red" },
        onConfirm: () => void removeNow(files),
      }),
    setTags: (file, tags) =>
      void run([file], "The tags were not saved", async () =>
        news.put(await updateFile(agentId, file.id, { tags })),
      ),
    addTags: (files, tags) =>
      void run(files, "Not every document got the tags", async (file) => {
        const known = new Set(file.tags.map((tag) => tag.toLocaleLowerCase()));
        const added = tags.filter((tag) => !known.has(tag.toLocaleLowerCase()));
        if (added.length === 0) return;
        news.put(await updateFile(agentId, file.id, { tags: [...file.tags, ...added] }));
      }),
  };
}
