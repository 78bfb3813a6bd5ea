import { Button, Group, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { retrieveQuery } from "@/api/files";
import type { Retrieval, RetrievedChunk } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { formatDuration, plural } from "@/lib/format";
import classes from "./Knowledge.module.css";

const COVERAGE = {
  full: "Your documents cover this well.",
  partial: "Your documents cover this in part.",
  none: "Your documents don't cover this.",
} as const;

interface Props {
  agentId: string;
  query: string;
  onQuery: (query: string) => void;
}

/** Asks what the agent would read for a question, without asking the model. */
export function RetrieveBox({ agentId, query, onQuery }: Props) {
  const [text, setText] = useState(query);
  const found = useQuery(retrieveQuery(agentId, query));
  return (
    <section aria-labelledby="retrieve-title" className={classes.retrieve}>
      <h2 id="retrieve-title" className={classes.sectionTitle}>
        What would the agent read?
      </h2>
      <Text size="sm" c="dimmed" mb="sm">
        Write a question and see the passages it would get, with how well they fit.
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() === query) void found.refetch();
          else onQuery(text.trim());
        }}
      >
        <Group gap="xs" wrap="nowrap">
          <TextInput
            flex={1}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            leftSection={<IconSearch size={16} stroke={1.7} aria-hidden />}
            placeholder="How many days of leave do I have?"
            aria-label="A question to the documents"
          />
          <Button
            type="submit"
            variant="default"
            disabled={!text.trim()}
            loading={found.isFetching}
          >
            Look
          </Button>
        </Group>
      </form>
      <div aria-live="polite">
        {found.isLoading && (
          <Stack mt="md" gap="sm">
            <Skeleton h={72} />
            <Skeleton h={72} />
          </Stack>
        )}
        {found.error && (
          <div className={classes.gap}>
            <ErrorNotice error={found.error} onRetry={() => found.refetch()} />
          </div>
        )}
        {query && found.data && <Result result={found.data} />}
      </div>
    </section>
  );
}

function Result({ result }: { result: Retrieval }) {
  return (
    <Stack gap="sm" mt="md">
      <Text size="sm">
        <strong>{COVERAGE[result.coverage]}</strong>{" "}
        <Text span c="dimmed" inherit>
          {plural(result.chunks.length, "passage")} in {formatDuration(result.time_ms)}, confidence{" "}
          {result.confidence.toFixed(2)}
        </Text>
      </Text>
      <ol className={classes.passages}>
        {result.chunks.map((chunk) => (
          <Passage key={chunk.chunk_id} chunk={chunk} />
        ))}
      </ol>
    </Stack>
  );
}

function Passage({ chunk }: { chunk: RetrievedChunk }) {
  return (
    <li className={classes.chunk}>
      <Group gap="xs" mb={6} className={classes.chunkMeta}>
        <Text span fw={500} inherit c="var(--mantine-color-text)">
          {chunk.file_name}
        </Text>
        {chunk.page !== null && <span>Page {chunk.page}</span>}
        <span>confidence {chunk.confidence.toFixed(2)}</span>
        <span>score {chunk.score.toFixed(3)}</span>
      </Group>
      <p className={classes.chunkText}>{chunk.text}</p>
    </li>
  );
}
