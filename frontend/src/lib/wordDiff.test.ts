import { describe, expect, it } from "vitest";
import { wordDiff } from "./wordDiff";

const sides = (before: string, after: string) => {
  const parts = wordDiff(before, after);
  const without = (kind: string) =>
    parts
      .filter((part) => part.kind !== kind)
      .map((part) => part.text)
      .join("");
  return { parts, before: without("added"), after: without("removed") };
};

describe("wordDiff", () => {
  it("marks the words that changed", () => {
    expect(sides("Answer briefly and kindly.", "Answer at length and kindly.").parts).toEqual([
      { kind: "same", text: "Answer " },
      { kind: "removed", text: "briefly" },
      { kind: "added", text: "at length" },
      { kind: "same", text: " and kindly." },
    ]);
  });

  it.each([
    ["", "new"],
    ["old", ""],
    ["a b c", "c b a"],
    ["one\n\ntwo  three", "one\ntwo three four"],
    ["same", "same"],
  ])("loses nothing of %j and %j", (before, after) => {
    const diff = sides(before, after);
    expect(diff.before).toBe(before);
    expect(diff.after).toBe(after);
  });
});
