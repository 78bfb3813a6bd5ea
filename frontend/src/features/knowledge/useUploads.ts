import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { agentQuery } from "@/api/agents";
import { filesQuery, uploadFile } from "@/api/files";
import { asApiError } from "@/lib/problem";
import { mergeFile } from "./useFileEvents";

/** A file on its way to the server, or refused by it. */
export interface Upload {
  key: string;
  file: File;
  error: string | null;
}

const AT_ONCE = 3;
let counter = 0;

export interface Uploads {
  uploads: Upload[];
  add: (files: File[]) => void;
  retry: (upload: Upload) => void;
  dismiss: (key: string) => void;
}

/** Sends files, a few at a time; each leaves this list once the server has it. */
export function useUploads(agentId: string): Uploads {
  const queries = useQueryClient();
  const [uploads, setUploads] = useState<Upload[]>([]);

  const dismiss = useCallback(
    (key: string) => setUploads((old) => old.filter((upload) => upload.key !== key)),
    [],
  );

  const sendOne = useCallback(
    async (upload: Upload) => {
      try {
        const file = await uploadFile(agentId, upload.file);
        queries.setQueryData(filesQuery(agentId).queryKey, (old) => mergeFile(old, file));
        dismiss(upload.key);
      } catch (error) {
        const { detail } = asApiError(error).problem;
        setUploads((old) =>
          old.map((other) => (other.key === upload.key ? { ...other, error: detail } : other)),
        );
      }
    },
    [agentId, dismiss, queries],
  );

  const sendAll = useCallback(
    async (waiting: Upload[]) => {
      const queue = [...waiting];
      const worker = async () => {
        for (let next = queue.shift(); next; next = queue.shift()) await sendOne(next);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      void queries.invalidateQueries({ queryKey: agentQuery(agentId).queryKey, exact: true });
    },
    [agentId, queries, sendOne],
  );

  const add = useCallback(
    (files: File[]) => {
      const added = files.map((file) => {
        counter += 1;
        return { key: `upload-${counter}`, file, error: null };
      });
      setUploads((old) => [...added, ...old]);
      void sendAll(added);
    },
    [sendAll],
  );

  const retry = useCallback(
    (upload: Upload) => {
      const again = { ...upload, error: null };
      setUploads((old) => old.map((other) => (other.key === upload.key ? again : other)));
      void sendAll([again]);
    },
    [sendAll],
  );

  return { uploads, add, retry, dismiss };
}
