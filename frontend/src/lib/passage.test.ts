import { expect, it } from "vitest";
import { mark } from "./passage";

it("marks a passage by code points, as the server counts", () => {
  expect(mark({ text: "📚 You have 28 days.", start: 100 }, 102, 105)).toEqual({
    before: "📚 ",
    passage: "You",
    after: " have 28 days.",
  });
});

it("marks what is there of a passage that reaches beyond the loaded part", () => {
  expect(mark({ text: "abc", start: 10 }, 8, 12)).toEqual({
    before: "",
    passage: "ab",
    after: "c",
  });
});
