import { describe, expect, it } from "vitest";
import { aMessage, aQuestion } from "@/test/samples";
import { choose, threadOf } from "./thread";

const question = aQuestion({ id: "q1", seq: 1 });
const first = aMessage({ id: "a1", seq: 2, parent_id: "q1" });
const second = aMessage({ id: "a2", seq: 3, parent_id: "q1" });
const followUp = aQuestion({ id: "q2", seq: 4, parent_id: "a2" });
const all = [question, first, second, followUp];

const ids = (messages: typeof all, choices = {}) =>
  threadOf(messages, choices).map((step) => step.message.id);

describe("threadOf", () => {
  it("shows the newest branch", () => {
    expect(ids(all)).toEqual(["q1", "a2", "q2"]);
  });

  it("shows another branch when it is chosen, and names both", () => {
    const choices = choose({}, second, "a1");
    expect(ids(all, choices)).toEqual(["q1", "a1"]);
    expect(threadOf(all, choices)[1]?.siblings).toEqual(["a1", "a2"]);
  });

  it("shows messages without parents one after the other", () => {
    const flat = all.map((message) => ({ ...message, parent_id: null }));
    expect(ids(flat)).toEqual(["q1", "a1", "a2", "q2"]);
  });
});
