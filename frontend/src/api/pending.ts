import type { components } from "./schema";

type Schemas = components["schemas"];

type Askable = "no" | "words" | "full";
export interface FileStage {
  name: "extracting" | "chunking" | "embedding" | "indexing";
  state: "waiting" | "running" | "done" | "failed";
  progress: number;
  time_ms: number | null;
  detail: string | null;
}
export interface KnowledgeFile extends Omit<Schemas["KnowledgeFileView"], "error"> {
  tags: string[];
  source_url: string | null;
  source_id: string | null;
  language: string;
  askable: Askable;
  stages: FileStage[];
  pages_read: number | null;
  error: { code: string; reason: string; advice: string; stage: string | null } | null;
}
export interface TagCount {
  tag: string;
  files: number;
}
export interface Formats {
  formats: { label: string; suffixes: string[]; media_types: string[] }[];
  ocr: { available: boolean; languages: string[]; advice: string | null };
  max_upload_bytes: number;
}
export interface RetrievedChunk {
  chunk_id: string;
  file_id: string;
  file_name: string;
  page: number | null;
  heading_path: string[];
  char_start: number;
  char_end: number;
  text: string;
  score: number;
  confidence: number;
  dense_score: number | null;
  lexical_score: number | null;
  rerank_score: number | null;
  queries: number[];
  neighbour: boolean;
  tags: string[];
}
export interface Retrieval {
  chunks: RetrievedChunk[];
  coverage: "full" | "partial" | "none";
  confidence: number;
  queries: string[];
  steps: Record<string, unknown>[];
  time_ms: number;
}
export interface CoverageResult {
  question: string;
  coverage: "full" | "partial" | "none";
  confidence: number;
  best: RetrievedChunk | null;
}
export interface CoverageReport {
  full: number;
  partial: number;
  none: number;
  results: CoverageResult[];
}
