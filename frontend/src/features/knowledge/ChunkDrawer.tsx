import { Button, Drawer, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { chunksQuery } from "@/api/files";
import type { Chunk, KnowledgeFile } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { plural } from "@/lib/format";
import classes from "./Knowledge.module.css";

interface Props {
  agentId: string;
  file: KnowledgeFile | undefined;
  onClose: () => void;
}

/** The passages a document was cut into, as the agent reads them. */
export function ChunkDrawer({ agentId, file, onClose }: Props) {
  const isPhone = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  return (
    <Drawer
      opened={Boolean(file)}
      onClose={onClose}
      position={isPhone ? "bottom" : "right"}
      size={isPhone ? "85dvh" : 520}
      title={<span className={classes.drawerTitle}>{file?.name}</span>}
    >
      {file && <Chunks agentId={agentId} file={file} />}
    </Drawer>
  );
}

function Chunks({ agentId, file }: { agentId: string; file: KnowledgeFile }) {
  const chunks = useInfiniteQuery(chunksQuery(agentId, file.id));
  const items = chunks.data?.pages.flatMap((page) => page.items) ?? [];
  if (chunks.isPending) {
    return (
      <Stack aria-busy="true" aria-label="Loading the chunks">
        <Skeleton h={90} />
        <Skeleton h={90} />
        <Skeleton h={90} />
      </Stack>
    );
  }
  if (chunks.error) return <ErrorNotice error={chunks.error} onRetry={() => chunks.refetch()} />;
  if (items.length === 0) {
    return (
      <Text c="dimmed" size="sm">
        {file.status === "failed"
          ? "This document could not be read, so it has no chunks."
          : "It has no chunks yet: it is still being read."}
      </Text>
    );
  }
  return (
    <Stack gap="sm">
      {items.map((chunk) => (
        <ChunkCard key={chunk.id} chunk={chunk} />
      ))}
      {chunks.hasNextPage && (
        <Button
          variant="default"
          onClick={() => chunks.fetchNextPage()}
          loading={chunks.isFetchingNextPage}
        >
          Show more
        </Button>
      )}
    </Stack>
  );
}

function ChunkCard({ chunk }: { chunk: Chunk }) {
  return (
    <article className={classes.chunk}>
      <Group gap="xs" mb={6} className={classes.chunkMeta}>
        <span>#{chunk.position + 1}</span>
        {chunk.page !== null && <span>Page {chunk.page}</span>}
        <span>{plural(chunk.token_count, "token")}</span>
        {chunk.heading_path.length > 0 && <span>{chunk.heading_path.join(" › ")}</span>}
      </Group>
      <p className={classes.chunkText}>{chunk.text}</p>
    </article>
  );
}
