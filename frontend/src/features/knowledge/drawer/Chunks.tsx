import { Button, Group, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useState } from "react";
import { chunksQuery } from "@/api/files";
import type { Chunk, KnowledgeFile } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Highlighted } from "@/components/Highlighted";
import { plural } from "@/lib/format";
import classes from "./FileDrawer.module.css";

const MOST_SHOWN = 50;

interface Props {
  agentId: string;
  file: KnowledgeFile;
  onShow: (chunk: Chunk) => void;
}

function holds(chunk: Chunk, words: readonly string[]): boolean {
  const text = `${chunk.heading_path.join(" ")} ${chunk.text}`.toLocaleLowerCase();
  return words.every((word) => text.includes(word));
}

/** The passages a document was cut into, as the agent reads them. */
export function Chunks({ agentId, file, onShow }: Props) {
  const chunks = useInfiniteQuery(chunksQuery(agentId, file.id));
  const [text, setText] = useState("");
  const [most, setMost] = useState(MOST_SHOWN);
  const typed = useDeferredValue(text.trim());
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = chunks;
  const items = chunks.data?.pages.flatMap((page) => page.items) ?? [];

  // A search looks through the whole document, so all of its passages are fetched.
  const mustFetch = typed !== "" && hasNextPage && !isFetchingNextPage && !chunks.error;
  useEffect(() => {
    if (mustFetch) void fetchNextPage();
  }, [mustFetch, fetchNextPage]);

  if (chunks.isPending) {
    return (
      <Stack aria-busy="true" aria-label="Loading the passages">
        <Skeleton h={90} />
        <Skeleton h={90} />
        <Skeleton h={90} />
      </Stack>
    );
  }
  if (chunks.error && items.length === 0) {
    return <ErrorNotice error={chunks.error} onRetry={() => chunks.refetch()} />;
  }
  if (items.length === 0) {
    return (
      <Text c="dimmed" size="sm">
        {file.status === "failed"
          ? "This document could not be read, so it has no passages."
          : "It has no passages yet: it is still being read."}
      </Text>
    );
  }
  const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const found = words.length > 0 ? items.filter((chunk) => holds(chunk, words)) : items;
  const shown = found.slice(0, most);
  const more = () => {
    setMost(most + MOST_SHOWN);
    if (most + MOST_SHOWN > items.length && hasNextPage) void fetchNextPage();
  };
  return (
    <Stack gap="sm">
      <TextInput
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        leftSection={<IconSearch size={15} stroke={1.7} aria-hidden />}
        placeholder="Search in its passages"
        aria-label="Search in the passages of this document"
        type="search"
      />
      {typed && (
        <Text size="xs" c="dimmed" role="status">
          {plural(found.length, "passage")} with “{typed}”{hasNextPage && ", still looking…"}
        </Text>
      )}
      {shown.map((chunk) => (
        <ChunkCard key={chunk.id} chunk={chunk} search={typed} onShow={() => onShow(chunk)} />
      ))}
      {(found.length > most || (hasNextPage && !typed)) && (
        <Button variant="default" onClick={more} loading={isFetchingNextPage}>
          Show more
        </Button>
      )}
    </Stack>
  );
}

function ChunkCard({
  chunk,
  search,
  onShow,
}: {
  chunk: Chunk;
  search: string;
  onShow: () => void;
}) {
  return (
    <article className={classes.chunk} aria-label={`Passage ${chunk.position + 1}`}>
      <Group gap="xs" mb={6} className={classes.chunkMeta}>
        <span>#{chunk.position + 1}</span>
        {chunk.page !== null && <span>Page {chunk.page}</span>}
        <span>{plural(chunk.token_count, "token")}</span>
        <Button size="compact-xs" variant="subtle" color="gray" ml="auto" onClick={onShow}>
          Show in the text
        </Button>
      </Group>
      {chunk.heading_path.length > 0 && (
        <p className={classes.headings}>{chunk.heading_path.join(" › ")}</p>
      )}
      <p className={classes.chunkText}>
        <Highlighted text={chunk.text} queries={[search]} />
      </p>
    </article>
  );
}
