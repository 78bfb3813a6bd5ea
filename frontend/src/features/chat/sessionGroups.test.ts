import { expect, it } from "vitest";
import { aSession } from "@/test/samples";
import { groupSessions } from "./sessionGroups";

it("groups conversations by day with the pinned ones on top", () => {
  const now = new Date(2026, 4, 20, 15).getTime();
  const on = (day: number, over = {}) =>
    aSession({ id: `s${day}`, updated_at: new Date(2026, 4, day, 10).toISOString(), ...over });
  const groups = groupSessions([on(1), on(20), on(19), on(16), on(2, { pinned: true })], now);
  expect(groups.map((group) => [group.label, group.sessions.map((s) => s.id)])).toEqual([
    ["Pinned", ["s2"]],
    ["Today", ["s20"]],
    ["Yesterday", ["s19"]],
    ["Previous 7 days", ["s16"]],
    ["May 2026", ["s1"]],
  ]);
});
