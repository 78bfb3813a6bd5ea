import { HttpResponse, http } from "msw";
import { describe, expect, it, vi } from "vitest";
import { aMessage, aQuestion } from "@/test/samples";
import { api, server } from "@/test/server";
import type { Turn } from "./turn";
import { Turns } from "./turns";

const TURN = { message_id: "message-2", user_message: aQuestion(), version: 1 };
const DONE = { message: aMessage() };

function sse(...events: [id: number, name: string, data: unknown][]) {
  const text = events.map(
    ([id, name, data]) => `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`,
  );
  return new HttpResponse(text.join(""), { headers: { "content-type": "text/event-stream" } });
}

function follow() {
  const ended = vi.fn<(sessionId: string, turn: Turn) => void>();
  const turns = new Turns({ onEnd: ended, delay: () => Promise.resolve() });
  const phases: string[] = [];
  turns.subscribe(() => {
    const phase = turns.get("session-1")?.phase;
    if (phase && phases.at(-1) !== phase) phases.push(phase);
  });
  return { turns, ended, phases };
}

const MESSAGES = api("/sessions/session-1/messages");
const STREAM = api("/sessions/session-1/stream");

describe("Turns", () => {
  it("follows an answer to its end", async () => {
    server.use(
      http.post(MESSAGES, () =>
        sse([1, "turn", TURN], [2, "token", { offset: 0, text: "28" }], [3, "done", DONE]),
      ),
    );
    const { turns, ended, phases } = follow();
    await turns.ask("session-1", "How many days?");
    expect(phases).toEqual(["sending", "streaming", "done"]);
    expect(ended.mock.lastCall?.[1].final).toEqual(DONE.message);
    expect(turns.get("session-1")).toBeUndefined();
  });

  it("sends with a question which documents it is about, where that is limited", async () => {
    const bodies: unknown[] = [];
    server.use(
      http.post(MESSAGES, async ({ request }) => {
        bodies.push(await request.json());
        return sse([1, "turn", TURN], [2, "done", DONE]);
      }),
    );
    const { turns } = follow();
    await turns.ask("session-1", "How many days?", { tags: ["hr"] });
    await turns.ask("session-1", "How many days?", { tags: [] });
    expect(bodies).toEqual([
      { message: "How many days?", filter: { tags: ["hr"] } },
      { message: "How many days?" },
    ]);
  });

  it("resumes a broken stream after the last event it saw", async () => {
    const seen: (string | null)[] = [];
    server.use(
      http.post(MESSAGES, () => sse([1, "turn", TURN], [2, "token", { offset: 0, text: "You" }])),
      http.get(STREAM, ({ request }) => {
        seen.push(request.headers.get("last-event-id"));
        return seen.length === 1
          ? HttpResponse.error()
          : sse([3, "token", { offset: 3, text: " have" }], [4, "done", DONE]);
      }),
    );
    const { turns, ended, phases } = follow();
    await turns.ask("session-1", "How many days?");
    expect(seen).toEqual(["2", "2"]);
    expect(phases).toContain("reconnecting");
    expect(ended.mock.lastCall?.[1].content).toBe("You have");
  });

  it("takes an answer that ended meanwhile from its record", async () => {
    server.use(
      http.post(MESSAGES, () => sse([1, "turn", TURN])),
      http.get(STREAM, () => new HttpResponse(null, { status: 204 })),
    );
    const { turns, ended } = follow();
    await turns.ask("session-1", "How many days?");
    expect(ended.mock.lastCall?.[1]).toMatchObject({ phase: "done", final: null });
  });

  it("stops trying after a while, and goes on when asked", async () => {
    server.use(
      http.post(MESSAGES, () => sse([1, "turn", TURN])),
      http.get(STREAM, () => HttpResponse.error()),
    );
    const { turns, ended } = follow();
    await turns.ask("session-1", "How many days?");
    expect(turns.get("session-1")?.phase).toBe("lost");
    expect(ended).not.toHaveBeenCalled();
    server.use(http.get(STREAM, () => sse([2, "done", DONE])));
    await turns.resume("session-1", "message-2");
    expect(ended).toHaveBeenCalledOnce();
  });

  it("keeps a message that was refused, with the reason", async () => {
    const problem = {
      title: "Busy",
      detail: "An answer is being written.",
      code: "turn_running",
      status: 409,
    };
    server.use(http.post(MESSAGES, () => HttpResponse.json(problem, { status: 409 })));
    const { turns } = follow();
    await turns.ask("session-1", "How many days?");
    expect(turns.get("session-1")).toMatchObject({
      phase: "failed",
      sent: "How many days?",
      error: { code: "turn_running", message: problem.detail },
    });
  });

  it("does not follow the same answer twice", async () => {
    const asked = vi.fn();
    server.use(
      http.get(STREAM, () => {
        asked();
        return sse([1, "done", DONE]);
      }),
    );
    const { turns } = follow();
    await Promise.all([
      turns.resume("session-1", "message-2"),
      turns.resume("session-1", "message-2"),
    ]);
    expect(asked).toHaveBeenCalledOnce();
  });
});
