import { describe, expect, it } from "vitest";
import { ownAddress } from "./address";
import { formatCost, formatSize, relativeTime } from "./format";

describe("formatCost", () => {
  it.each([
    [null, "price unknown"],
    ["0", "free"],
    ["0.00000123", "$0.0000012"],
    ["0.0042", "$0.0042"],
    ["0.1234567", "$0.1235"],
    ["12.5", "$12.50"],
  ])("shows %j as %s", (usd, shown) => expect(formatCost(usd)).toBe(shown));
});

describe("formatSize", () => {
  it.each([
    [512, "512 B"],
    [2048, "2.0 KB"],
    [5_000_000, "4.8 MB"],
  ])("shows %d as %s", (bytes, shown) => expect(formatSize(bytes)).toBe(shown));
});

describe("relativeTime", () => {
  const now = Date.parse("2026-05-20T12:00:00Z");
  it.each([
    ["2026-05-20T11:59:40Z", "just now"],
    ["2026-05-20T11:55:00Z", "5 minutes ago"],
    ["2026-05-19T11:00:00Z", "yesterday"],
    ["2025-01-05T12:00:00Z", "Jan 5, 2025"],
  ])("shows %s as %s", (at, shown) => expect(relativeTime(at, now)).toBe(shown));
});

describe("ownAddress", () => {
  it.each(["/agents/1?x=2#y", "/"])("keeps %s", (target) =>
    expect(ownAddress(target)).toBe(target),
  );
  it.each(["//evil.example", "https://evil.example", "/\\evil.example", 7, undefined])(
    "refuses %s",
    (target) => expect(ownAddress(target)).toBeUndefined(),
  );
});
