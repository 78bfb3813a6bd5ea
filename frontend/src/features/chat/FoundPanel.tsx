import { ActionIcon, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Message } from "@/api/types";
import { type Score, ScoreBars } from "@/components/ScoreBars";
import { Waterfall } from "@/components/Waterfall";
import { formatCount, formatDuration, plural } from "@/lib/format";
import { COVERAGE_WORDS, confidenceWord } from "@/lib/match";
import { type AskedQuery, LEG_NAMES, type ShownSource, type Trail, trailOf } from "@/lib/trail";
import classes from "./FoundPanel.module.css";

interface Props {
  message: Message | undefined;
  onOpenSource: (number: number) => void;
  onClose: () => void;
}

const KINDS: Record<AskedQuery["kind"], string> = {
  question: "your question",
  rewrite: "with the conversation in mind",
  variant: "in other words",
  part: "a part of it",
};

/** How an answer was found: what was asked, what was shown to the model, what was checked. */
export function FoundPanel({ message, onOpenSource, onClose }: Props) {
  return (
    <section className={classes.panel} aria-label="How I found this">
      <header className={classes.head}>
        <Text fw={600} size="sm" flex={1}>
          How I found this
        </Text>
        <ActionIcon aria-label="Close" onClick={onClose}>
          <IconX size={17} stroke={1.7} />
        </ActionIcon>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div className={classes.body} tabIndex={0} role="document" aria-label="How I found this">
        {message ? (
          <Steps message={message} onOpenSource={onOpenSource} />
        ) : (
          <Text size="sm" c="dimmed">
            This answer is not here any more.
          </Text>
        )}
      </div>
    </section>
  );
}

function Steps({
  message,
  onOpenSource,
}: {
  message: Message;
  onOpenSource: Props["onOpenSource"];
}) {
  const trail = trailOf(message.steps);
  const looked = trail.queries.length > 0 || trail.legs.length > 0 || trail.sources.length > 0;
  return (
    <>
      {message.coverage && (
        <Part title="In short">
          <Text size="sm">
            {COVERAGE_WORDS[message.coverage]}
            {message.confidence != null && (
              <Text span c="dimmed" inherit>
                {" "}
                Confidence {message.confidence.toFixed(2)}.
              </Text>
            )}
          </Text>
        </Part>
      )}
      {!looked && (
        <Text size="sm" c="dimmed" mb="md">
          No documents were searched for this answer.
        </Text>
      )}
      {trail.queries.length > 0 && <Queries trail={trail} />}
      {trail.legs.length > 0 && <Legs trail={trail} />}
      {trail.sources.length > 0 && (
        <Part title={`What the model was shown: ${plural(trail.sources.length, "passage")}`}>
          <Ranking trail={trail} />
          <ol className={classes.sources}>
            {trail.sources.map((source) => (
              <Source
                key={source.number}
                source={source}
                all={trail.sources}
                // Only what is cited has its place in the document recorded with the answer.
                canOpen={message.citations.some(({ number }) => number === source.number)}
                onOpen={() => onOpenSource(source.number)}
              />
            ))}
          </ol>
        </Part>
      )}
      {trail.check && <Check check={trail.check} />}
      {trail.spans.length > 0 && (
        <Part title={`Time: ${formatDuration(message.latency_ms ?? trail.total)} in all`}>
          <Waterfall spans={trail.spans} total={trail.total} />
        </Part>
      )}
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.part}>
      <h3 className={classes.title}>{title}</h3>
      {children}
    </section>
  );
}

function Queries({ trail }: { trail: Trail }) {
  return (
    <Part title="What I searched for">
      <ol className={classes.queries}>
        {trail.queries.map((query) => (
          <li key={`${query.kind} ${query.text}`}>
            {query.text}
            <span className={classes.kind}>{KINDS[query.kind]}</span>
          </li>
        ))}
      </ol>
      {trail.queryModel && (
        <p className={classes.aside}>The other wordings were written by {trail.queryModel}.</p>
      )}
      {trail.querySkipped && <p className={classes.aside}>{trail.querySkipped}</p>}
    </Part>
  );
}

function Legs({ trail }: { trail: Trail }) {
  const hasMany = new Set(trail.legs.map(({ query }) => query)).size > 1;
  const failures = new Set(trail.legs.flatMap(({ failed }) => failed || []));
  return (
    <Part title="How I searched">
      {[...failures].map((failed) => (
        <p key={failed} className={classes.aside}>
          I searched without the meaning of the words: {failed}
        </p>
      ))}
      <table className={classes.legs}>
        <thead>
          <tr>
            {hasMany && <th scope="col">Query</th>}
            <th scope="col">Way</th>
            <th scope="col" data-kind="number">
              Found
            </th>
            <th scope="col" data-kind="number">
              Weight
            </th>
          </tr>
        </thead>
        <tbody>
          {trail.legs.map(({ query, leg, found, weight }) => (
            <tr key={`${query} ${leg}`}>
              {hasMany && <td>{query + 1}</td>}
              <td>{LEG_NAMES[leg]}</td>
              <td data-kind="number">{formatCount(found)}</td>
              <td data-kind="number">{weight.toFixed(2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Part>
  );
}

const METHODS: Record<string, string> = {
  scores: "They were ranked by the scores of the search.",
  model: "A model read them and ranked them again.",
  service: "A ranking service ranked them again.",
};

function Ranking({ trail: { rerank } }: { trail: Trail }) {
  if (!rerank) return null;
  const words = METHODS[rerank.method];
  const by = rerank.model && rerank.method !== "scores" ? ` (${rerank.model})` : "";
  return (
    <p className={classes.aside}>
      {words?.replace(/\.$/, `${by}.`)} {rerank.skipped}
    </p>
  );
}

interface SourceProps {
  source: ShownSource;
  all: readonly ShownSource[];
  canOpen: boolean;
  onOpen: () => void;
}

function scoresOf(source: ShownSource, all: readonly ShownSource[]): Score[] {
  const words = all.map((other) => other.lexical_score ?? 0);
  return [
    { label: "Meaning", value: source.dense_score, low: 0, high: 1 },
    {
      label: "Words",
      value: source.lexical_score,
      low: Math.min(0, ...words),
      high: Math.max(0, ...words),
    },
  ];
}

function Source({ source, all, canOpen, onOpen }: SourceProps) {
  const place = source.page === null ? "" : `, page ${source.page}`;
  return (
    <li className={classes.source} data-cited={source.cited || undefined}>
      <div className={classes.sourceHead}>
        <span className={classes.number}>{source.number}</span>
        {canOpen ? (
          <button type="button" className={classes.open} onClick={onOpen}>
            {source.file_name}
            {place}
          </button>
        ) : (
          <span className={classes.file}>
            {source.file_name}
            {place}
          </span>
        )}
        {source.cited && <span className={classes.cited}>cited</span>}
      </div>
      <p className={classes.confidence}>
        {confidenceWord(source.confidence)}, {source.confidence.toFixed(2)}
      </p>
      <ScoreBars scores={scoresOf(source, all)} />
    </li>
  );
}

function Check({ check }: { check: NonNullable<Trail["check"]> }) {
  const { claims, supported, removed } = check;
  return (
    <Part title="Check of the citations">
      <Text size="sm">
        {claims === 0
          ? "The answer cites nothing, so there was nothing to check."
          : `${plural(claims, "statement")} with a source: ${
              supported === claims ? "all" : formatCount(supported)
            } supported by ${claims === 1 ? "its" : "their"} passage.`}
      </Text>
      {removed > 0 && (
        <Text size="sm" c="dimmed">
          {plural(removed, "citation")} that {removed === 1 ? "its" : "their"} passage did not
          support {removed === 1 ? "was" : "were"} taken out.
        </Text>
      )}
    </Part>
  );
}
