import { Badge, Button, Group, Stack, Text, Tooltip } from "@mantine/core";
import type { Retrieval, RetrievedChunk } from "@/api/types";
import { Highlighted } from "@/components/Highlighted";
import { type Score, ScoreBars } from "@/components/ScoreBars";
import { Waterfall } from "@/components/Waterfall";
import { formatDuration, plural } from "@/lib/format";
import { COVERAGE_WORDS, confidenceWord } from "@/lib/match";
import { type Trail, trailOf } from "@/lib/trail";
import classes from "./Search.module.css";

interface Props {
  result: Retrieval;
  onOpen: (chunk: RetrievedChunk) => void;
}

/** What a search found: the passages with why, and how the search went. */
export function Found({ result, onOpen }: Props) {
  const trail = trailOf(result.steps);
  return (
    <Stack gap="md" mt="md">
      <Text size="sm">
        <strong>{COVERAGE_WORDS[result.coverage]}</strong>{" "}
        <Text span c="dimmed" inherit>
          {plural(result.chunks.length, "passage")} in {formatDuration(result.time_ms)}, confidence{" "}
          {result.confidence.toFixed(2)}
        </Text>
      </Text>
      {result.chunks.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing that fits was found. Try other words, look at all documents, or add one that
          answers it.
        </Text>
      )}
      <ol className={classes.passages}>
        {result.chunks.map((chunk) => (
          <Passage
            key={chunk.chunk_id}
            chunk={chunk}
            all={result.chunks}
            queries={result.queries}
            onOpen={() => onOpen(chunk)}
          />
        ))}
      </ol>
      <How trail={trail} queries={result.queries} />
    </Stack>
  );
}

/** The span of a score over all passages; it starts at 0 where nothing is below. */
function spanOf(values: readonly (number | null)[]): { low: number; high: number } {
  const known = values.filter((value) => value !== null);
  return { low: Math.min(0, ...known), high: Math.max(0, ...known) };
}

function scoresOf(chunk: RetrievedChunk, all: readonly RetrievedChunk[]): Score[] {
  const scores: Score[] = [
    { label: "Meaning", value: chunk.dense_score, low: 0, high: 1 },
    {
      label: "Words",
      value: chunk.lexical_score,
      ...spanOf(all.map((other) => other.lexical_score)),
    },
    { label: "Rank", value: chunk.score, ...spanOf(all.map((other) => other.score)) },
  ];
  if (all.some((other) => other.rerank_score !== null)) {
    scores.push({
      label: "Second look",
      value: chunk.rerank_score,
      ...spanOf(all.map((other) => other.rerank_score)),
    });
  }
  return scores;
}

interface PassageProps {
  chunk: RetrievedChunk;
  all: readonly RetrievedChunk[];
  queries: readonly string[];
  onOpen: () => void;
}

function Passage({ chunk, all, queries, onOpen }: PassageProps) {
  return (
    <li className={classes.passage}>
      <Group gap="xs" mb={6} className={classes.meta}>
        <Text span fw={500} inherit c="var(--mantine-color-text)" className={classes.file}>
          {chunk.file_name}
        </Text>
        {chunk.page !== null && <span>Page {chunk.page}</span>}
        <Tooltip label={`Confidence ${chunk.confidence.toFixed(2)} of 1`}>
          <Badge variant="light" tt="none" fw={500} radius="sm" size="sm">
            {confidenceWord(chunk.confidence)}
          </Badge>
        </Tooltip>
        {chunk.neighbour && (
          <Tooltip label="It stands beside a passage that was found, and is read with it.">
            <Badge variant="default" tt="none" fw={500} radius="sm" size="sm">
              neighbour
            </Badge>
          </Tooltip>
        )}
        {queries.length > 1 && chunk.queries.length > 0 && (
          <span>
            found by {chunk.queries.length === 1 ? "query" : "queries"}{" "}
            {chunk.queries.map((at) => at + 1).join(", ")}
          </span>
        )}
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          ml="auto"
          onClick={onOpen}
          aria-label={`Open ${chunk.file_name} at this passage`}
        >
          Open
        </Button>
      </Group>
      {chunk.heading_path.length > 0 && (
        <p className={classes.headings}>{chunk.heading_path.join(" › ")}</p>
      )}
      <p className={classes.text}>
        <Highlighted text={chunk.text} queries={queries} />
      </p>
      <ScoreBars scores={scoresOf(chunk, all)} />
    </li>
  );
}

function How({ trail, queries }: { trail: Trail; queries: readonly string[] }) {
  return (
    <details className={classes.how}>
      <summary>How the search went</summary>
      <Stack gap="sm" pt="sm">
        <div>
          <Text size="sm" fw={500}>
            {queries.length === 1 ? "Searched with" : `Searched with ${queries.length} queries`}
          </Text>
          <ol className={classes.queries}>
            {queries.map((query) => (
              <li key={query}>{query}</li>
            ))}
          </ol>
          {trail.querySkipped && (
            <Text size="xs" c="dimmed">
              {trail.querySkipped}
            </Text>
          )}
          {trail.rerank?.skipped && (
            <Text size="xs" c="dimmed">
              {trail.rerank.skipped}
            </Text>
          )}
        </div>
        {trail.spans.length > 0 && <Waterfall spans={trail.spans} total={trail.total} />}
      </Stack>
    </details>
  );
}
