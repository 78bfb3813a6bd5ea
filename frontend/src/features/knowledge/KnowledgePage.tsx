import { Skeleton, Stack } from "@mantine/core";
import { IconFiles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { filesQuery } from "@/api/files";
import type { Agent, KnowledgeFile } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { ChunkDrawer } from "./ChunkDrawer";
import { DropZone } from "./DropZone";
import { FileTable } from "./FileTable";
import classes from "./Knowledge.module.css";
import { RetrieveBox } from "./RetrieveBox";
import { UploadList } from "./UploadList";
import { isProcessing, useFileEvents } from "./useFileEvents";
import { useUploads } from "./useUploads";

const POLL_MS = 2_000;

interface Props {
  agent: Agent;
  openFileId?: string;
  query: string;
  onOpenFile: (id: string | undefined) => void;
  onQuery: (query: string) => void;
}

export function KnowledgePage({ agent, openFileId, query, onOpenFile, onQuery }: Props) {
  const isLive = useFileEvents(agent.id);
  const files = useQuery({
    ...filesQuery(agent.id),
    refetchInterval: (state) => (!isLive && state.state.data?.some(isProcessing) ? POLL_MS : false),
  });
  const { uploads, add, retry, dismiss } = useUploads(agent.id);
  const items = files.data ?? [];
  const hasReady = items.some((file) => file.status === "ready");
  return (
    <div className={classes.scroll}>
      <div className={classes.page}>
        <DropZone onFiles={add} />
        <UploadList uploads={uploads} retry={retry} dismiss={dismiss} />
        {files.isPending && (
          <Stack gap="xs" mt="lg" aria-busy="true" aria-label="Loading the documents">
            <Skeleton h={40} />
            <Skeleton h={40} />
            <Skeleton h={40} />
          </Stack>
        )}
        {files.error && (
          <div className={classes.gap}>
            <ErrorNotice
              error={files.error}
              safe="Your documents are safe."
              onRetry={() => files.refetch()}
            />
          </div>
        )}
        {files.isSuccess && items.length === 0 && uploads.length === 0 && (
          <EmptyState
            icon={<IconFiles size={24} stroke={1.6} />}
            title={`${agent.name} has no documents yet`}
          >
            Add what it should know: handbooks, reports, tables. It reads each one in the
            background, and every answer shows the passage it came from.
          </EmptyState>
        )}
        {items.length > 0 && (
          <FileTable
            agentId={agent.id}
            files={items}
            onOpen={(file: KnowledgeFile) => onOpenFile(file.id)}
          />
        )}
        {hasReady && <RetrieveBox key={query} agentId={agent.id} query={query} onQuery={onQuery} />}
      </div>
      <ChunkDrawer
        agentId={agent.id}
        file={items.find((file) => file.id === openFileId)}
        onClose={() => onOpenFile(undefined)}
      />
    </div>
  );
}
