import { Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { filesQuery } from "@/api/files";
import { cancelSource, deleteSource, dropSource, putSource, syncSource } from "@/api/sources";
import type { Source } from "@/api/types";
import { notifyDone, notifyError } from "@/components/notify";
import { shortAddress } from "./words";

type Deed = "sync" | "cancel" | "remove";

/** What can be done to a web source. */
export function useSourceActions(source: Source) {
  const queries = useQueryClient();
  const [doing, setDoing] = useState<Deed | null>(null);
  const { agent_id: agentId, id } = source;
  const name = shortAddress(source.url);

  async function run(deed: Deed, failed: string, work: () => Promise<void>) {
    setDoing(deed);
    try {
      await work();
    } catch (error) {
      notifyError(error, failed);
    } finally {
      setDoing(null);
    }
  }

  const removeNow = () =>
    run("remove", "It was not removed", async () => {
      await deleteSource(agentId, id);
      dropSource(queries, agentId, id);
      void queries.invalidateQueries({ queryKey: filesQuery(agentId).queryKey, exact: true });
      notifyDone(`${name} was removed`);
    });

  return {
    doing,
    sync: () =>
      void run("sync", "It can't be synced now", async () =>
        putSource(queries, agentId, await syncSource(agentId, id)),
      ),
    cancel: () =>
      void run("cancel", "It was not stopped", async () =>
        putSource(queries, agentId, await cancelSource(agentId, id)),
      ),
    remove: () =>
      modals.openConfirmModal({
        title: `Remove ${name}?`,
        children: (
          <Text>
            The agent stops reading all documents it brought at once. Earlier answers keep their
            sources.
          </Text>
        ),
        labels: { confirm: "Remove", cancel: "Keep it" },
        confirmProps: { color: "red" },
        onConfirm: () => void removeNow(),
      }),
  };
}
