import { describe, expect, it } from "vitest";
import { aCitation, aMessage } from "@/test/samples";
import { applyEvent, isRunning, resumedTurn, startTurn, type Turn } from "./turn";

let nextId = 0;
function event(name: string, data: unknown) {
  nextId += 1;
  return { id: String(nextId), event: name, data: JSON.stringify(data) };
}

function tokens(turn: Turn, ...parts: [offset: number, text: string][]): Turn {
  return parts.reduce(
    (now, [offset, text]) => applyEvent(now, event("token", { offset, text })),
    turn,
  );
}

describe("a turn", () => {
  it("grows with its tokens", () => {
    const turn = tokens(startTurn("hi"), [0, "Hello"], [5, " you"]);
    expect(turn.content).toBe("Hello you");
    expect(turn.phase).toBe("streaming");
  });

  it("shows the same text when events are replayed after a reconnection", () => {
    const turn = tokens(
      startTurn("hi"),
      [0, "Hello"],
      [5, " you"],
      [0, "Hello"],
      [5, " you"],
      [9, "!"],
    );
    expect(turn.content).toBe("Hello you!");
  });

  it("never shortens what is shown while a replay catches up", () => {
    const before = tokens(startTurn("hi"), [0, "Hello you"]);
    expect(tokens(before, [0, "Hel"]).content).toBe("Hello you");
    expect(tokens(before, [6, "you all"]).content).toBe("Hello you all");
  });

  it("counts offsets in characters as the server does, emoji included", () => {
    const turn = tokens(startTurn("hi"), [0, "👋🏽 hi"], [5, " there"], [2, " hi there!"]);
    expect(turn.content).toBe("👋🏽 hi there!");
  });

  it("keeps citations in order and replaces one that comes again", () => {
    let turn = applyEvent(startTurn("hi"), event("citation", aCitation(2)));
    turn = applyEvent(turn, event("citation", aCitation(1)));
    turn = applyEvent(turn, event("citation", aCitation(2, { page: 9 })));
    expect(turn.citations.map(({ number, page }) => [number, page])).toEqual([
      [1, 1],
      [2, 9],
    ]);
  });

  it("ends with the stored message", () => {
    const message = aMessage();
    const turn = applyEvent(startTurn("hi"), event("done", { message }));
    expect(turn).toMatchObject({ phase: "done", final: message });
    expect(isRunning(turn)).toBe(false);
  });

  it("says why it failed", () => {
    const error = { code: "model_unavailable", message: "The model is away.", retryable: true };
    const turn = applyEvent(startTurn("hi"), event("error", { ...error, message_record: null }));
    expect(turn).toMatchObject({ phase: "failed", error });
  });

  it("remembers the last event, also of a kind it does not know", () => {
    const known = event("later_kind", {});
    expect(applyEvent(startTurn("hi"), known).lastEventId).toBe(known.id);
  });

  it("goes on from what was stored after a reload", () => {
    const stored = aMessage({ status: "streaming", content: "Half an" });
    const turn = tokens(resumedTurn(stored, stored.id), [0, "Half"], [4, " an answer"]);
    expect(turn.content).toBe("Half an answer");
  });
});
