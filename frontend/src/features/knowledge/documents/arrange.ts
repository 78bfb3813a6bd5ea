import type { KnowledgeFile } from "@/api/types";
import { isProcessing } from "../fileNews";

export type StateFilter = "all" | "reading" | "ready" | "attention";
export type SortKey = "name" | "pages" | "chunks" | "size" | "state" | "added";

export interface Sorting {
  key: SortKey;
  descending: boolean;
}

export interface Wanted {
  text: string;
  tags: readonly string[];
  state: StateFilter;
}

export const NEWEST: Sorting = { key: "added", descending: true };

/** Failed, or read only in part: something a person may want to look at. */
function needsAttention(file: KnowledgeFile): boolean {
  return file.status === "failed" || Boolean(file.warning) || isPartial(file);
}

export function isPartial(file: KnowledgeFile): boolean {
  return file.pages_read !== null && file.pages !== null && file.pages_read < file.pages;
}

const STATES: Record<StateFilter, (file: KnowledgeFile) => boolean> = {
  all: () => true,
  reading: isProcessing,
  ready: (file) => file.status === "ready",
  attention: needsAttention,
};

const fold = (text: string) => text.toLocaleLowerCase();

export function chosen(files: readonly KnowledgeFile[], wanted: Wanted): KnowledgeFile[] {
  const words = fold(wanted.text).split(/\s+/).filter(Boolean);
  const tags = new Set(wanted.tags.map(fold));
  return files.filter((file) => {
    const name = fold(`${file.name} ${file.source_url ?? ""}`);
    return (
      STATES[wanted.state](file) &&
      words.every((word) => name.includes(word)) &&
      (tags.size === 0 || file.tags.some((tag) => tags.has(fold(tag))))
    );
  });
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const STATE_ORDER = ["failed", "queued", "extracting", "chunking", "embedding", "ready"];

const COMPARE: Record<SortKey, (a: KnowledgeFile, b: KnowledgeFile) => number> = {
  name: (a, b) => collator.compare(a.name, b.name),
  pages: (a, b) => (a.pages ?? -1) - (b.pages ?? -1),
  chunks: (a, b) => (a.chunks ?? -1) - (b.chunks ?? -1),
  size: (a, b) => a.size - b.size,
  state: (a, b) =>
    STATE_ORDER.indexOf(a.status) - STATE_ORDER.indexOf(b.status) || a.progress - b.progress,
  added: (a, b) => Date.parse(a.created_at) - Date.parse(b.created_at),
};

export function sorted(files: readonly KnowledgeFile[], by: Sorting): KnowledgeFile[] {
  const compare = COMPARE[by.key];
  const sign = by.descending ? -1 : 1;
  return [...files].sort((a, b) => sign * compare(a, b) || collator.compare(a.name, b.name));
}

/** The order after a click on a column: first the useful direction, then the other one. */
export function nextSorting(now: Sorting, key: SortKey): Sorting {
  if (now.key === key) return { key, descending: !now.descending };
  return { key, descending: key !== "name" && key !== "state" };
}

export function countStates(files: readonly KnowledgeFile[]): Record<StateFilter, number> {
  const count = (state: StateFilter) => files.filter(STATES[state]).length;
  return {
    all: files.length,
    reading: count("reading"),
    ready: count("ready"),
    attention: count("attention"),
  };
}
