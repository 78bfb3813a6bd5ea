import type { CoverageReport } from "@/api/types";
import { toCsv } from "@/lib/download";

export const MOST_QUESTIONS = 50;

/** The questions of a pasted list, one a line; list signs, blank lines and repeats are left out. */
export function questionsIn(text: string): string[] {
  const lines = text
    .split("\n")
    .map((line) => line.replace(/^\s*(?:[-*•]|\d{1,3}[.)])\s+/, "").trim())
    .filter(Boolean);
  return [...new Set(lines)];
}

/** A report as a table for a spreadsheet. */
export function reportAsCsv(report: CoverageReport): string {
  const head = ["question", "coverage", "confidence", "document", "page", "best passage"];
  const rows = report.results.map(({ question, coverage, confidence, best }) => [
    question,
    coverage,
    Number(confidence.toFixed(4)),
    best?.file_name ?? null,
    best?.page ?? null,
    best?.text ?? null,
  ]);
  return toCsv([head, ...rows]);
}
