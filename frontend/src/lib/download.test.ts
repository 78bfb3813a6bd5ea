import { expect, it } from "vitest";
import { toCsv } from "./download";

it("writes what a spreadsheet reads as it was meant", () => {
  const rows = [
    ["question", "confidence"],
    ['Who says "no", and why?', 0.5],
    ["two\nlines", null],
    ["=HYPERLINK(evil)", -1],
  ];
  expect(toCsv(rows)).toBe(
    '\uFEFFquestion,confidence\r\n"Who says ""no"", and why?",0.5\r\n"two\nlines",\r\n\'=HYPERLINK(evil),-1\r\n',
  );
});
