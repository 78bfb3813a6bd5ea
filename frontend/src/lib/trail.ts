/**
 * The steps of a retrieval or an answer, as the server recorded them. Older answers carry fewer
 * of them and with fewer fields: what is not there is simply not shown.
 */
type Step = Record<string, unknown>;

export interface AskedQuery {
  text: string;
  kind: "question" | "rewrite" | "variant" | "part";
}

export interface Leg {
  query: number;
  leg: "dense" | "quick" | "words";
  found: number;
  time_ms: number;
  weight: number;
  /** Why it found nothing, when its model did not answer. */
  failed?: string | null;
}

export interface ShownSource {
  number: number;
  file_name: string;
  page: number | null;
  confidence: number;
  dense_score: number | null;
  lexical_score: number | null;
  cited: boolean;
}

/** A stretch of time; what ran inside of it lies one level deeper. */
export interface Span {
  label: string;
  start: number;
  length: number;
  depth: 0 | 1;
}

export interface Trail {
  queries: AskedQuery[];
  queryModel: string | null;
  querySkipped: string | null;
  legs: Leg[];
  passages: number | null;
  rerank: { method: string; model: string | null; skipped: string | null } | null;
  sources: ShownSource[];
  check: { claims: number; supported: number; removed: number } | null;
  spans: Span[];
  total: number;
}

export const STEP_NAMES: Record<string, string> = {
  rag_queries: "Rewording the question",
  rag_retrieval: "Searching the documents",
  rag_rerank: "Ranking the passages",
  rag_sources: "Choosing what to show",
  rag_check: "Checking the citations",
  model: "Writing the answer",
};

export const LEG_NAMES: Record<Leg["leg"], string> = {
  dense: "By meaning",
  quick: "By meaning, quick",
  words: "By words",
};

const number = (value: unknown): number => (typeof value === "number" ? value : 0);
const numberOrNull = (value: unknown): number | null => (typeof value === "number" ? value : null);
const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
const list = (value: unknown): Step[] =>
  Array.isArray(value)
    ? value.filter((item): item is Step => typeof item === "object" && item !== null)
    : [];

function queryOf(item: Step, index: number): AskedQuery {
  const kinds = ["question", "rewrite", "variant", "part"] as const;
  const kind = kinds.find((known) => known === item.kind);
  return { text: text(item.text) ?? "", kind: kind ?? (index === 0 ? "question" : "variant") };
}

function legOf(item: Step): Leg | null {
  const leg = (["dense", "quick", "words"] as const).find((known) => known === item.leg);
  if (!leg) return null;
  return {
    leg,
    query: number(item.query),
    found: number(item.found),
    time_ms: number(item.time_ms),
    weight: number(item.weight),
    failed: text(item.failed),
  };
}

function sourceOf(item: Step): ShownSource {
  return {
    number: number(item.number),
    file_name: text(item.file_name) ?? "",
    page: numberOrNull(item.page),
    confidence: number(item.confidence),
    dense_score: numberOrNull(item.dense_score),
    lexical_score: numberOrNull(item.lexical_score),
    cited: item.cited === true,
  };
}

function spansOf(steps: Step[], legs: Leg[]): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const step of steps) {
    const name = text(step.name);
    const length = numberOrNull(step.time_ms);
    if (name === null || length === null) continue;
    spans.push({ label: STEP_NAMES[name] ?? name, start, length, depth: 0 });
    if (name === "rag_retrieval") {
      // The legs of a search run beside each other.
      for (const leg of legs) {
        const label = legs.some((other) => other.query !== leg.query)
          ? `${LEG_NAMES[leg.leg]}, query ${leg.query + 1}`
          : LEG_NAMES[leg.leg];
        spans.push({ label, start, length: Math.min(leg.time_ms, length), depth: 1 });
      }
    }
    start += length;
  }
  return spans;
}

/** What the recorded steps tell. */
export function trailOf(steps: readonly Step[]): Trail {
  const find = (name: string) => steps.find((step) => step.name === name);
  const [queries, retrieval, rerank, sources, check] = [
    "rag_queries",
    "rag_retrieval",
    "rag_rerank",
    "rag_sources",
    "rag_check",
  ].map(find);
  const legs = list(retrieval?.legs).flatMap((item) => legOf(item) ?? []);
  const asked = list(queries?.queries).map(queryOf);
  const searched = Array.isArray(retrieval?.queries) ? retrieval.queries.map(String) : [];
  const spans = spansOf([...steps], legs);
  return {
    queries: asked.length > 0 ? asked : searched.map((item, at) => queryOf({ text: item }, at)),
    queryModel: text(queries?.model),
    querySkipped: text(queries?.skipped),
    legs,
    passages: numberOrNull(retrieval?.passages),
    rerank:
      rerank && typeof rerank.method === "string"
        ? { method: rerank.method, model: text(rerank.model), skipped: text(rerank.skipped) }
        : null,
    sources: list(sources?.sources).map(sourceOf),
    check: check
      ? {
          claims: number(check.claims),
          supported: number(check.supported),
          removed: number(check.removed),
        }
      : null,
    spans,
    total: spans.reduce((end, span) => Math.max(end, span.start + span.length), 0),
  };
}
