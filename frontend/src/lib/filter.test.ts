import { expect, it } from "vitest";
import { filterInWords, isFiltered, readFilter } from "./filter";

it.each([
  [{}, null],
  [{ tags: [] }, null],
  [{ tags: ["hr"] }, "Only tag hr"],
  [{ tags: ["hr", "it"], files: ["a"] }, "Only 2 tags, 1 document"],
  [{ added_from: "2026-01-01T00:00:00Z" }, "Only by date"],
])("says of %j: %s", (filter, words) => {
  expect(filterInWords(filter)).toBe(words);
  expect(isFiltered(filter)).toBe(words !== null);
});

it.each([
  [null, {}],
  ["hr", {}],
  [{ tags: "hr", files: [1], added_from: "soon" }, {}],
  [{ tags: ["hr"], evil: 1 }, { tags: ["hr"] }],
])("reads %j as %j", (value, filter) => expect(readFilter(value)).toEqual(filter));
