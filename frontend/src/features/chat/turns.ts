import { open } from "@/api/client";
import { stopSession } from "@/api/sessions";
import type { Filter, Message } from "@/api/types";
import { isFiltered } from "@/lib/filter";
import { type ApiError, asApiError } from "@/lib/problem";
import { readEvents } from "@/lib/sse";
import { applyEvent, isRunning, resumedTurn, startTurn, type Turn } from "./turn";

const ATTEMPTS = 8;
const FIRST_DELAY_MS = 400;
const LONGEST_DELAY_MS = 8_000;

type Connect = (signal: AbortSignal) => Promise<Response>;
type Outcome = "ended" | "cut" | "absent";

interface Options {
  /** Called once for every turn that ended, however it ended. */
  onEnd: (sessionId: string, turn: Turn) => void | Promise<void>;
  delay?: (attempt: number, signal: AbortSignal) => Promise<void>;
}

/** Waits longer after each failure; a network that comes back ends the wait. */
function backOff(attempt: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return new Promise((resolve) => {
    const timer = setTimeout(finish, longest * (0.5 + Math.random() / 2));
    function finish() {
      clearTimeout(timer);
      window.removeEventListener("online", finish);
      signal.removeEventListener("abort", finish);
      resolve();
    }
    window.addEventListener("online", finish);
    signal.addEventListener("abort", finish);
  });
}

/**
 * The answers being written, by session. They live outside the components, so that an answer
 * goes on while its reader looks at another page; a broken connection is resumed.
 */
export class Turns {
  private readonly turns = new Map<string, Turn>();
  private readonly connections = new Map<string, AbortController>();
  private readonly listeners = new Set<() => void>();
  private readonly options: Required<Options>;

  constructor(options: Options) {
    this.options = { delay: backOff, ...options };
  }

  readonly get = (sessionId: string): Turn | undefined => this.turns.get(sessionId);

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  ask(sessionId: string, text: string, filter: Filter = {}): Promise<void> {
    const body = isFiltered(filter) ? { message: text, filter } : { message: text };
    this.set(sessionId, startTurn(text));
    return this.run(sessionId, this.post(`/sessions/${sessionId}/messages`, body));
  }

  regenerate(sessionId: string, messageId: string): Promise<void> {
    this.set(sessionId, startTurn(null, messageId));
    return this.run(sessionId, this.post(`/messages/${messageId}/regenerate`));
  }

  /** Continues a turn that runs on the server; does nothing when this page already follows it. */
  resume(sessionId: string, messageId: string, stored?: Message): Promise<void> {
    const known = this.turns.get(sessionId);
    if (known && known.phase !== "lost") return Promise.resolve();
    this.set(
      sessionId,
      known ? { ...known, phase: "reconnecting" } : resumedTurn(stored, messageId),
    );
    return this.run(sessionId, this.reconnect(sessionId));
  }

  async stop(sessionId: string): Promise<void> {
    await stopSession(sessionId);
  }

  /** Forgets a turn whose end has been shown. */
  dismiss(sessionId: string): void {
    if (isRunning(this.turns.get(sessionId))) return;
    this.turns.delete(sessionId);
    this.emit();
  }

  private post(path: string, body?: unknown): Connect {
    return (signal) =>
      open("POST", path, { body, signal, headers: { accept: "text/event-stream" } });
  }

  private reconnect(sessionId: string): Connect {
    return (signal) => {
      const last = this.turns.get(sessionId)?.lastEventId;
      const headers: Record<string, string> = { accept: "text/event-stream" };
      if (last) headers["last-event-id"] = last;
      return open("GET", `/sessions/${sessionId}/stream`, { signal, headers });
    };
  }

  private async run(sessionId: string, first: Connect): Promise<void> {
    this.connections.get(sessionId)?.abort();
    const controller = new AbortController();
    this.connections.set(sessionId, controller);
    try {
      await this.follow(sessionId, first, controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) this.refuse(sessionId, asApiError(error));
    }
    if (this.connections.get(sessionId) !== controller) return;
    this.connections.delete(sessionId);
    await this.end(sessionId);
  }

  /** Reads until the answer has ended, over as many connections as it takes. */
  private async follow(sessionId: string, first: Connect, signal: AbortSignal): Promise<void> {
    let outcome = await this.read(sessionId, first, signal);
    for (let attempt = 0; outcome === "cut" && attempt < ATTEMPTS; attempt += 1) {
      this.update(sessionId, (turn) => ({ ...turn, phase: "reconnecting" }));
      await this.options.delay(attempt, signal);
      if (signal.aborted) return;
      const before = this.turns.get(sessionId)?.lastEventId;
      outcome = await this.read(sessionId, this.reconnect(sessionId), signal).catch(unlessRefused);
      if (this.turns.get(sessionId)?.lastEventId !== before) attempt = -1;
    }
    if (outcome === "cut") this.update(sessionId, (turn) => ({ ...turn, phase: "lost" }));
    // The server has nothing to resume: the answer has ended, and its record says how.
    if (outcome === "absent") this.update(sessionId, (turn) => ({ ...turn, phase: "done" }));
  }

  private async read(sessionId: string, connect: Connect, signal: AbortSignal): Promise<Outcome> {
    const response = await connect(signal);
    if (response.status === 204 || !response.body) return "absent";
    try {
      for await (const event of readEvents(response.body)) {
        this.update(sessionId, (turn) => applyEvent(turn, event));
        if (!isRunning(this.turns.get(sessionId))) return "ended";
      }
    } catch {
      // A broken connection is no news about the answer: it goes on at the server.
    }
    return "cut";
  }

  private refuse(sessionId: string, error: ApiError): void {
    const { code, detail } = error.problem;
    const retryable = error.status === 0 || error.status === 429 || error.status >= 500;
    this.update(sessionId, (turn) => ({
      ...turn,
      phase: "failed",
      error: { code, message: detail, retryable },
    }));
  }

  private async end(sessionId: string): Promise<void> {
    const turn = this.turns.get(sessionId);
    if (!turn || isRunning(turn)) return;
    await this.options.onEnd(sessionId, turn);
    if (this.turns.get(sessionId) !== turn) return;
    // A failure stays until it is answered, unless the server kept it as a message.
    if (turn.phase === "done" || turn.final) this.dismiss(sessionId);
  }

  private update(sessionId: string, change: (turn: Turn) => Turn): void {
    const turn = this.turns.get(sessionId);
    if (turn) this.set(sessionId, change(turn));
  }

  private set(sessionId: string, turn: Turn): void {
    this.turns.set(sessionId, turn);
    this.emit();
  }

  private emit(): void {
    for (const listener of this.listeners) listener();
  }
}

/** While resuming, only a clear refusal ends the attempts. */
function unlessRefused(error: unknown): Outcome {
  const known = asApiError(error);
  if (known.status >= 400 && known.status < 500 && known.status !== 429) throw known;
  return "cut";
}
