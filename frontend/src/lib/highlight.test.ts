import { describe, expect, it } from "vitest";
import { highlight } from "./highlight";

const hits = (text: string, ...queries: string[]) =>
  highlight(text, queries).flatMap((piece) => (piece.hit ? piece.text : []));

describe("highlight", () => {
  it.each([
    ["You have 28 days of leave.", "How many days do I have?", ["days"]],
    ["Visits cost 12 euros; opening at 19:30.", "What does a visit cost?", ["Visits", "cost"]],
    ["It opens on Friday.", "opening hours", ["opens"]],
    ["Das Café öffnet um 9.", "Wann öffnet das cafe?", ["Café", "öffnet"]],
    ["Form A-17 and form A-18", "where is A-17", ["17"]],
    ["Leaving needs no cleaver.", "leave", ["Leaving"]],
    ["天文台は金曜日に開きます", "金曜日", ["金曜日"]],
  ])("finds in %j for %j", (text, query, found) => expect(hits(text, query)).toEqual(found));

  it("keeps every character of the text", () => {
    const text = "  One\n\ntwo, three — 四五六!  ";
    const pieces = highlight(text, ["two 四五"]);
    expect(pieces.map((piece) => piece.text).join("")).toBe(text);
  });

  it("marks the words of all queries, and nothing without one", () => {
    expect(hits("leave and travel", "travel", "leave")).toEqual(["leave", "travel"]);
    expect(hits("leave and travel", "")).toEqual([]);
  });
});
