import { Button, Group, Skeleton, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconBookmarkPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { activateVersion, agentQuery, snapshotVersion, versionsQuery } from "@/api/agents";
import type { Agent, Version } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { notifyDone, notifyError } from "@/components/notify";
import { Page } from "@/components/Page";
import { VersionTimeline } from "@/components/VersionHistory";
import { CompareDrawer } from "./CompareDrawer";

interface Props {
  agent: Agent;
  compare: { from: string; to: string } | null;
  onCompare: (pair: { from: string; to: string } | null) => void;
}

export function VersionsPage({ agent, compare, onCompare }: Props) {
  const list = useInfiniteQuery(versionsQuery(agent.id));
  const versions = list.data?.pages.flatMap((page) => page.items) ?? [];
  const goBack = useRollback(agent);
  const snapshot = useSnapshot(agent);
  return (
    <Page
      title="Versions"
      lead="Every change is kept. Going back changes nothing you wrote since: it stays in the list."
      width="narrow"
      action={
        <Button
          variant="default"
          leftSection={<IconBookmarkPlus size={16} stroke={1.7} aria-hidden />}
          loading={snapshot.isPending}
          onClick={() => snapshot.mutate()}
        >
          Keep a snapshot
        </Button>
      }
    >
      {list.isPending && (
        <Stack gap="sm" aria-busy="true" aria-label="Loading the versions">
          <Skeleton h={56} />
          <Skeleton h={56} />
          <Skeleton h={56} />
        </Stack>
      )}
      {list.error && <ErrorNotice error={list.error} onRetry={() => list.refetch()} />}
      {versions.length > 0 && (
        <VersionTimeline
          versions={versions}
          onRollback={(version) => goBack.mutate(version)}
          onCompare={(from, to) => onCompare({ from: from.id, to: to.id })}
          rollingBackId={goBack.isPending ? goBack.variables.id : undefined}
        />
      )}
      {list.hasNextPage && (
        <Group justify="center" mt="md">
          <Button
            variant="default"
            onClick={() => list.fetchNextPage()}
            loading={list.isFetchingNextPage}
          >
            Show older versions
          </Button>
        </Group>
      )}
      <CompareDrawer agentId={agent.id} pair={compare} onClose={() => onCompare(null)} />
    </Page>
  );
}

/** Activates a version at once; the notification offers the way back. */
function useRollback(agent: Agent) {
  const queries = useQueryClient();

  async function activate(id: string) {
    const changed = await activateVersion(agent.id, id);
    queries.setQueryData(agentQuery(agent.id).queryKey, changed);
    await queries.invalidateQueries({ queryKey: ["agent", agent.id] });
  }

  async function undo(notice: string, id: string, number: number) {
    notifications.hide(notice);
    try {
      await activate(id);
      notifyDone(`Version ${number} is active again`);
    } catch (error) {
      notifyError(error, "Going back failed");
    }
  }

  return useMutation({
    mutationFn: async (version: Version) => {
      const before = agent.active_version;
      await activate(version.id);
      return before;
    },
    onSuccess: (before, version) => {
      const id = `rollback-${version.id}`;
      notifications.show({
        id,
        color: "indigo",
        withBorder: true,
        autoClose: 12_000,
        title: `Version ${version.number} is active`,
        message: (
          <Button
            size="compact-sm"
            variant="default"
            mt={6}
            onClick={() => undo(id, before.id, before.number)}
          >
            Undo
          </Button>
        ),
      });
    },
    onError: (error) => notifyError(error, "The active version was not changed"),
  });
}

function useSnapshot(agent: Agent) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => snapshotVersion(agent.id, ""),
    onSuccess: (version) => {
      notifyDone(`Kept as version ${version.number}`);
      return queries.invalidateQueries({ queryKey: versionsQuery(agent.id).queryKey });
    },
    onError: (error) => notifyError(error, "The snapshot was not kept"),
  });
}
