import { expect, it } from "vitest";
import { aFile } from "@/test/samples";
import { mergeFiles } from "./fileNews";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const file = (id: string, second: number, name = id) => aFile({ id, name, updated_at: at(second) });
const news = (...files: ReturnType<typeof file>[]) => new Map(files.map((it) => [it.id, it]));

it("puts new documents first and others in their places", () => {
  const merged = mergeFiles([file("a", 1), file("b", 1)], news(file("b", 2, "B"), file("c", 1)));
  expect(merged.map(({ name }) => name)).toEqual(["c", "a", "B"]);
});

it("takes removed documents out", () => {
  const merged = mergeFiles([file("a", 1), file("b", 1)], new Map([["a", null]]));
  expect(merged.map(({ name }) => name)).toEqual(["b"]);
});

it("does not go back to what was true before", () => {
  const merged = mergeFiles([file("a", 5, "now")], news(file("a", 4, "before")));
  expect(merged[0]?.name).toBe("now");
});
