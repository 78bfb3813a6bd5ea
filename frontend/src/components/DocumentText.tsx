import { Button, Skeleton, Stack } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { fileTextQuery } from "@/api/files";
import { ErrorNotice } from "@/components/ErrorNotice";
import { mark, windowAround } from "@/lib/passage";
import classes from "./DocumentText.module.css";

interface Props {
  agentId: string;
  fileId: string;
  name: string;
  /** The characters to stand out; without them the text is shown from its beginning. */
  passage: { start: number; end: number } | null;
  /** Shown with the reason when the text can't be had. */
  quote?: string;
}

const STEP = 4000;

/** A document's text around a passage, which is marked and scrolled to. */
export function DocumentText({ agentId, fileId, name, passage, quote }: Props) {
  const [extra, setExtra] = useState(0);
  const wanted = passage
    ? windowAround(passage.start, passage.end, extra)
    : { start: 0, end: STEP + extra };
  const text = useQuery({
    ...fileTextQuery(agentId, fileId, wanted.start, wanted.end),
    placeholderData: keepPreviousData,
  });
  if (text.isPending) return <TextSkeleton />;
  if (text.error) {
    return (
      <Stack p="md">
        <ErrorNotice error={text.error} onRetry={() => text.refetch()} />
        {quote && <blockquote className={classes.quote}>{quote}</blockquote>}
      </Stack>
    );
  }
  return (
    <PassageText
      name={name}
      passage={passage}
      data={text.data}
      isLoading={text.isFetching}
      onMore={() => setExtra((old) => old + STEP)}
    />
  );
}

interface PassageProps {
  name: string;
  passage: { start: number; end: number } | null;
  data: { text: string; start: number; end: number; total: number };
  isLoading: boolean;
  onMore: () => void;
}

function PassageText({ name, passage, data, isLoading, onMore }: PassageProps) {
  const marked = useRef<HTMLElement>(null);
  const parts = mark(data, passage?.start ?? 0, passage?.end ?? 0);
  const hasMore = data.start > 0 || data.end < data.total;
  useEffect(() => {
    marked.current?.scrollIntoView({ block: "center" });
  }, []);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls must be reachable by keyboard
    <div className={classes.text} tabIndex={0} role="document" aria-label={name}>
      {data.start > 0 && <span className={classes.cut}>…</span>}
      {parts.before}
      {passage && (
        <mark ref={marked} className={classes.mark}>
          {parts.passage}
        </mark>
      )}
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
