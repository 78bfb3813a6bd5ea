import { ActionIcon, Badge, Button, Group, Skeleton, Stack, Text, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconDownload, IconX } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { downloadFile, fileTextQuery } from "@/api/files";
import type { Citation } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { notifyError } from "@/components/notify";
import { confidenceWord } from "./citations";
import { mark, windowAround } from "./passage";
import classes from "./SourcesPanel.module.css";

interface Props {
  agentId: string;
  citations: Citation[];
  number: number;
  onShow: (number: number) => void;
  onClose: () => void;
}

/** The document behind a citation, opened at the passage. */
export function SourcesPanel({ agentId, citations, number, onShow, onClose }: Props) {
  const at = citations.findIndex((known) => known.number === number);
  const citation = citations[at];
  const step = (by: number) => {
    const next = citations[at + by];
    if (next) onShow(next.number);
  };
  return (
    <section className={classes.panel} aria-label="Sources">
      <header className={classes.head}>
        <Text fw={600} size="sm" flex={1}>
          Source {number}
          {citations.length > 1 && <span className={classes.of}> of {citations.length}</span>}
        </Text>
        <ActionIcon aria-label="Earlier source" disabled={at <= 0} onClick={() => step(-1)}>
          <IconChevronLeft size={17} stroke={1.7} />
        </ActionIcon>
        <ActionIcon
          aria-label="Next source"
          disabled={at < 0 || at >= citations.length - 1}
          onClick={() => step(1)}
        >
          <IconChevronRight size={17} stroke={1.7} />
        </ActionIcon>
        <ActionIcon aria-label="Close the sources" onClick={onClose}>
          <IconX size={17} stroke={1.7} />
        </ActionIcon>
      </header>
      {citation ? (
        <Document key={citation.chunk_id} agentId={agentId} citation={citation} />
      ) : (
        <Text c="dimmed" size="sm" p="md">
          This answer has no source with that number.
        </Text>
      )}
    </section>
  );
}

function Document({ agentId, citation }: { agentId: string; citation: Citation }) {
  const [extra, setExtra] = useState(0);
  const wanted = windowAround(citation.char_start, citation.char_end, extra);
  const text = useQuery({
    ...fileTextQuery(agentId, citation.file_id, wanted.start, wanted.end),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <div className={classes.meta}>
        <Group gap={6} wrap="nowrap">
          <Text fw={500} truncate flex={1} title={citation.file_name}>
            {citation.file_name}
          </Text>
          <Tooltip label="Download the original">
            <ActionIcon
              aria-label={`Download ${citation.file_name}`}
              onClick={() =>
                downloadFile(agentId, citation.file_id, citation.file_name).catch(
                  (error: unknown) => notifyError(error, "The file was not downloaded"),
                )
              }
            >
              <IconDownload size={16} stroke={1.7} />
            </ActionIcon>
          </Tooltip>
        </Group>
        <Group gap={6}>
          {citation.page !== null && (
            <Badge variant="default" tt="none" fw={500} radius="sm">
              Page {citation.page}
            </Badge>
          )}
          <Tooltip label={`Confidence ${citation.confidence.toFixed(2)} of 1`}>
            <Badge variant="light" tt="none" fw={500} radius="sm">
              {confidenceWord(citation.confidence)}
            </Badge>
          </Tooltip>
        </Group>
        {citation.heading_path.length > 0 && (
          <Text size="xs" c="dimmed">
            {citation.heading_path.join(" › ")}
          </Text>
        )}
      </div>
      {text.isPending && <TextSkeleton />}
      {text.error && (
        <Stack p="md">
          <ErrorNotice error={text.error} onRetry={() => text.refetch()} />
          <blockquote className={classes.quote}>{citation.quote}</blockquote>
        </Stack>
      )}
      {text.data && (
        <PassageText
          citation={citation}
          data={text.data}
          isLoading={text.isFetching}
          onMore={() => setExtra((old) => old + 4000)}
        />
      )}
    </>
  );
}

interface PassageProps {
  citation: Citation;
  data: { text: string; start: number; end: number; total: number };
  isLoading: boolean;
  onMore: () => void;
}

function PassageText({ citation, data, isLoading, onMore }: PassageProps) {
  const passage = useRef<HTMLElement>(null);
  const parts = mark(data, citation.char_start, citation.char_end);
  const hasMore = data.start > 0 || data.end < data.total;
  useEffect(() => {
    passage.current?.scrollIntoView({ block: "center" });
  }, []);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls must be reachable by keyboard
    <div className={classes.text} tabIndex={0} role="document" aria-label={citation.file_name}>
      {data.start > 0 && <span className={classes.cut}>…</span>}
      {parts.before}
      <mark ref={passage} className={classes.mark}>
        {parts.passage}
      </mark>
      {parts.after}
      {data.end < data.total && <span className={classes.cut}>…</span>}
      {hasMore && (
        <Button
          variant="default"
          size="xs"
          display="block"
          mt="md"
          onClick={onMore}
          loading={isLoading}
        >
          Show more of the document
        </Button>
      )}
    </div>
  );
}

function TextSkeleton() {
  return (
    <Stack gap={10} p="md" aria-busy="true" aria-label="Loading the document">
      {[95, 88, 97, 70, 92, 60].map((width) => (
        <Skeleton key={width} h={12} w={`${width}%`} />
      ))}
    </Stack>
  );
}
