import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { Message } from "@/api/types";
import { renderPart } from "@/test/render";
import { aCitation, aMessage } from "@/test/samples";
import { FoundPanel } from "./FoundPanel";

const source = (number: number, cited: boolean) => ({
  ...{ number, chunk_id: `chunk-${number}`, file_id: "file-1", file_name: "handbook.pdf" },
  ...{ page: number, confidence: 0.8, dense_score: 0.6, lexical_score: cited ? 4 : null, cited },
});

const STEPS = [
  {
    name: "rag_queries",
    time_ms: 410,
    model: "openai/gpt-5-mini",
    skipped: null,
    queries: [
      { text: "How many days?", kind: "question" },
      { text: "vacation entitlement", kind: "variant" },
    ],
  },
  {
    name: "rag_retrieval",
    time_ms: 40,
    passages: 24,
    queries: ["How many days?", "vacation entitlement"],
    legs: [
      { query: 0, leg: "dense", found: 24, time_ms: 31, weight: 1 },
      { query: 1, leg: "words", found: 9, time_ms: 12, weight: 0.8 },
    ],
  },
  {
    name: "rag_rerank",
    time_ms: 5,
    method: "scores",
    model: null,
    skipped: "The scores are clear.",
  },
  { name: "rag_sources", time_ms: 1, sources: [source(1, true), source(2, false)] },
  { name: "rag_check", time_ms: 20, claims: 3, supported: 2, removed: 1 },
];

const onOpenSource = vi.fn();

function show(over: Partial<Message> = {}) {
  const message = aMessage({
    coverage: "full",
    confidence: 0.86,
    citations: [aCitation(1)],
    steps: STEPS,
    ...over,
  });
  return renderPart(<FoundPanel message={message} onOpenSource={onOpenSource} onClose={vi.fn()} />);
}

describe("FoundPanel", () => {
  it("tells what was asked, and by whom the other words are", async () => {
    await show();
    expect(screen.getByText("Your documents cover this well.")).toBeTruthy();
    expect(screen.getByText("vacation entitlement")).toBeTruthy();
    expect(screen.getByText("in other words")).toBeTruthy();
    expect(screen.getByText(/were written by openai\/gpt-5-mini/)).toBeTruthy();
    expect(screen.getByRole("row", { name: "2 By words 9 0.80" })).toBeTruthy();
  });

  it("says when the meaning of the words could not be searched, and why", async () => {
    const failed = "OpenAI refused the API key.";
    const legs = [{ query: 0, leg: "dense", found: 0, time_ms: 31, weight: 0, failed }];
    await show({ steps: [{ name: "rag_retrieval", time_ms: 40, passages: 2, legs }] });
    expect(screen.getByText(`I searched without the meaning of the words: ${failed}`)).toBeTruthy();
  });

  it("shows what the model was shown, and opens what is cited", async () => {
    await show();
    expect(screen.getByText("What the model was shown: 2 passages")).toBeTruthy();
    expect(screen.getAllByText("cited")).toHaveLength(1);
    expect(screen.queryByRole("button", { name: "handbook.pdf, page 2" })).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "handbook.pdf, page 1" }));
    expect(onOpenSource).toHaveBeenCalledWith(1);
  });

  it("says what the check of the citations found", async () => {
    await show();
    expect(screen.getByText(/3 statements with a source: 2 supported/)).toBeTruthy();
    expect(
      screen.getByText(/1 citation that its passage did not support was taken out/),
    ).toBeTruthy();
  });

  it("shows where the time went", async () => {
    await show();
    expect(screen.getByText("Time: 900 ms in all")).toBeTruthy();
    expect(screen.getByRole("row", { name: "Rewording the question 410 ms" })).toBeTruthy();
    expect(screen.getByRole("row", { name: "By meaning, query 1 31 ms" })).toBeTruthy();
  });

  it("says so when no documents were searched", async () => {
    await show({ coverage: null, citations: [], steps: [{ name: "model", time_ms: 700 }] });
    expect(screen.getByText("No documents were searched for this answer.")).toBeTruthy();
    expect(screen.getByRole("row", { name: "Writing the answer 700 ms" })).toBeTruthy();
  });
});
