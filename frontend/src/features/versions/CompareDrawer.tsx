import { Drawer, Skeleton, Stack, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { versionDiffQuery } from "@/api/agents";
import type { VersionDiff } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { formatDuration } from "@/lib/format";
import { READING_WORDS } from "@/lib/reading";
import { type DiffPart, wordDiff } from "@/lib/wordDiff";
import classes from "./CompareDrawer.module.css";

const NAMES: Record<string, string> = {
  instruction: "Instruction",
  model: "Model",
  fallbacks: "Fallbacks",
  temperature: "Temperature",
  max_tokens: "Longest answer",
  welcome_message: "Welcome message",
  starter_questions: "Starter questions",
  "retrieval.enabled": "Reads its documents",
  "retrieval.limit": "Passages per question",
  "retrieval.answer_from": "Answers from",
  "retrieval.citations": "Citations",
  "retrieval.not_found_reply": "When the documents don't have it",
  "retrieval.queries": "Ways to ask the documents",
  "retrieval.rerank": "Ranking of the passages",
  "retrieval.time_budget_ms": "Longest search",
  "retrieval.tags": "Reads only the tags",
};

interface Props {
  agentId: string;
  pair: { from: string; to: string } | null;
  onClose: () => void;
}

/** What changed from one version to another, field by field. */
export function CompareDrawer({ agentId, pair, onClose }: Props) {
  const isPhone = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const diff = useQuery({
    ...versionDiffQuery(agentId, pair?.from ?? "", pair?.to ?? ""),
    enabled: pair !== null,
  });
  const title = diff.data ? `From v${diff.data.from} to v${diff.data.to}` : "Changes";
  return (
    <Drawer
      opened={pair !== null}
      onClose={onClose}
      position={isPhone ? "bottom" : "right"}
      size={isPhone ? "85dvh" : 640}
      title={<strong>{title}</strong>}
    >
      {diff.isLoading && (
        <Stack aria-busy="true" aria-label="Comparing">
          <Skeleton h={120} />
          <Skeleton h={40} />
        </Stack>
      )}
      {diff.error && <ErrorNotice error={diff.error} onRetry={() => diff.refetch()} />}
      {pair && diff.data && <Changes diff={diff.data} />}
    </Drawer>
  );
}

function Changes({ diff }: { diff: VersionDiff }) {
  const { added, removed } = diff.files;
  const isSame = diff.changes.length === 0 && added.length === 0 && removed.length === 0;
  if (isSame)
    return <Text c="dimmed">These two versions are the same in every field and document.</Text>;
  return (
    <Stack gap="lg">
      {diff.changes.flatMap(single).map((change) => (
        <section key={change.field}>
          <h3 className={classes.field}>{NAMES[change.field] ?? change.field}</h3>
          <Change field={change.field} before={change.before} after={change.after} />
        </section>
      ))}
      {(added.length > 0 || removed.length > 0) && (
        <section>
          <h3 className={classes.field}>Documents</h3>
          <ul className={classes.files}>
            {added.map((name) => (
              <li key={name}>
                <ins className={classes.added}>{name}</ins> added
              </li>
            ))}
            {removed.map((name) => (
              <li key={name}>
                <del className={classes.removed}>{name}</del> removed
              </li>
            ))}
          </ul>
        </section>
      )}
    </Stack>
  );
}

type FieldChange = VersionDiff["changes"][number];

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A group of settings as its settings that differ. */
function single(change: FieldChange): FieldChange[] {
  const { field, before, after } = change;
  if (!isRecord(before) || !isRecord(after)) return [change];
  return Object.keys(after)
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => ({ field: `${field}.${name}`, before: before[name], after: after[name] }));
}

function words(value: unknown, field = ""): string {
  const known = typeof value === "string" ? READING_WORDS[field]?.[value] : undefined;
  if (known) return known;
  if (field === "retrieval.time_budget_ms" && typeof value === "number") {
    return formatDuration(value);
  }
  if (value === null || value === undefined || value === "") return "";
  if (Array.isArray(value)) return value.map((item) => words(item)).join("\n");
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "object") return JSON.stringify(value);
  return String(value);
}

/** Prose shows its changed words; a setting shows the value it had and the one it has. */
const PROSE = new Set(["instruction", "welcome_message"]);

function Change({ field, before, after }: { field: string; before: unknown; after: unknown }) {
  const parts: DiffPart[] = PROSE.has(field)
    ? wordDiff(words(before), words(after))
    : [
        { kind: "removed", text: words(before, field) || "not set" },
        { kind: "added", text: words(after, field) || "not set" },
      ];
  return (
    <div className={classes.text} data-prose={PROSE.has(field) || undefined}>
      {parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a comparison never move
        <Part key={index} part={part} />
      ))}
    </div>
  );
}

function Part({ part }: { part: DiffPart }) {
  if (part.kind === "added") return <ins className={classes.added}>{part.text}</ins>;
  if (part.kind === "removed") return <del className={classes.removed}>{part.text}</del>;
  return <span>{part.text}</span>;
}
