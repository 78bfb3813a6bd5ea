import type { FileStage, KnowledgeFile } from "@/api/types";
import { formatDuration, formatPercent } from "@/lib/format";

const STAGE_WORDS: Record<FileStage["name"], string> = {
  extracting: "Reading the text",
  chunking: "Cutting into passages",
  embedding: "Understanding",
  indexing: "Indexing",
};

const DONE_WORDS: Record<FileStage["name"], string> = {
  extracting: "Read",
  chunking: "Cut into passages",
  embedding: "Understood",
  indexing: "Indexed",
};

/** What a file is at, in words. */
export function nowDoing(file: KnowledgeFile): { words: string; detail: string | null } {
  const stage =
    file.stages.find(({ state }) => state === "running") ??
    file.stages.find(({ name }) => name === file.status);
  if (!stage || file.status === "queued") return { words: "Waiting", detail: null };
  return { words: STAGE_WORDS[stage.name], detail: stage.detail };
}

/** One stage for the eye and the ear: "Read in 1.2 s", "Reading the text: page 3 of 12". */
export function stageWords(stage: FileStage): string {
  if (stage.state === "done") {
    const time = stage.time_ms === null ? "" : ` in ${formatDuration(stage.time_ms)}`;
    return `${DONE_WORDS[stage.name]}${time}`;
  }
  const name = STAGE_WORDS[stage.name];
  if (stage.state === "failed") return `${name} failed`;
  if (stage.state === "waiting") return `${name}: waits its turn`;
  return `${name}: ${stage.detail ?? formatPercent(stage.progress)}`;
}

const WHILE: Record<FileStage["name"], string> = {
  extracting: "reading the text",
  chunking: "cutting it into passages",
  embedding: "understanding the passages",
  indexing: "indexing",
};

/** Where it failed, as the end of a sentence; null when that is not known. */
export function failedWhile(file: KnowledgeFile): string | null {
  const stage = file.error?.stage;
  return stage ? WHILE[stage] : null;
}

/** Whether questions find it already, said where that is news. */
export function askableWords(file: KnowledgeFile): string | null {
  if (file.status === "ready") return null;
  if (file.askable === "full") return "You can ask now.";
  if (file.askable === "words") return "You can ask now. I am still refining.";
  return null;
}
