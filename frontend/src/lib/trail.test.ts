import { describe, expect, it } from "vitest";
import { trailOf } from "./trail";

const LEGS = [
  { query: 0, leg: "dense", found: 24, time_ms: 31, weight: 1 },
  { query: 0, leg: "words", found: 9, time_ms: 12, weight: 0.8 },
];

describe("trailOf", () => {
  it("lays the steps one after the other and the legs beside each other", () => {
    const { spans, total } = trailOf([
      { name: "rag_queries", time_ms: 400, queries: [{ text: "Leave?", kind: "question" }] },
      { name: "rag_retrieval", time_ms: 40, queries: ["Leave?"], legs: LEGS, passages: 24 },
      { name: "model", time_ms: 1000, first_token_ms: 90 },
    ]);
    expect(spans.map(({ label, start, length, depth }) => [label, start, length, depth])).toEqual([
      ["Rewording the question", 0, 400, 0],
      ["Searching the documents", 400, 40, 0],
      ["By meaning", 400, 31, 1],
      ["By words", 400, 12, 1],
      ["Writing the answer", 440, 1000, 0],
    ]);
    expect(total).toBe(1440);
  });

  it("keeps why a way of searching failed", () => {
    const failed = "OpenAI refused the API key.";
    const { legs } = trailOf([
      { name: "rag_retrieval", time_ms: 40, legs: [{ ...LEGS[0], failed }, LEGS[1]] },
    ]);
    expect(legs.map((leg) => leg.failed)).toEqual([failed, null]);
  });

  it("takes what it knows from an answer of earlier days", () => {
    const trail = trailOf([
      { name: "rag_retrieval", queries: ["Leave?"], time_ms: 38 },
      { name: "something_new", time_ms: 3 },
      { name: "model" },
    ]);
    expect(trail.queries).toEqual([{ text: "Leave?", kind: "question" }]);
    expect(trail).toMatchObject({ legs: [], sources: [], check: null, rerank: null, total: 41 });
    expect(trail.spans.map(({ label }) => label)).toEqual([
      "Searching the documents",
      "something_new",
    ]);
  });

  it("leaves out what has another shape than it should", () => {
    const trail = trailOf([
      { name: "rag_retrieval", time_ms: "long", legs: [null, 3, { leg: "smell" }] },
      { name: "rag_sources", sources: "none" },
    ]);
    expect(trail).toMatchObject({ legs: [], sources: [], spans: [], total: 0 });
  });
});
