import type { Citation, Message, Usage } from "@/api/types";
import type { ServerEvent } from "@/lib/sse";

/** `lost`: the connection is gone and automatic attempts have ended; the answer goes on without us. */
type Phase = "sending" | "streaming" | "reconnecting" | "lost" | "failed" | "done";

interface TurnError {
  code: string;
  message: string;
  retryable: boolean;
}

/** An answer while it is written. */
export interface Turn {
  phase: Phase;
  /** What the user wrote, until the server's record of it is known; null for a regeneration. */
  sent: string | null;
  /** The answer that this one stands beside. */
  replaces: string | null;
  userMessage: Message | null;
  messageId: string | null;
  version: number | null;
  content: string;
  /** Length of `content` in code points, the unit of the server's offsets. */
  length: number;
  citations: Citation[];
  usage: Usage | null;
  lastEventId: string | null;
  error: TurnError | null;
  final: Message | null;
}

export function startTurn(sent: string | null, replaces: string | null = null): Turn {
  return {
    phase: "sending",
    sent,
    replaces,
    userMessage: null,
    messageId: null,
    version: null,
    content: "",
    length: 0,
    citations: [],
    usage: null,
    lastEventId: null,
    error: null,
    final: null,
  };
}

/** A turn that another page load started: what is stored so far, to be continued. */
export function resumedTurn(message: Message | undefined, messageId: string): Turn {
  const content = message?.content ?? "";
  return {
    ...startTurn(null),
    phase: "reconnecting",
    messageId,
    version: message?.version ?? null,
    content,
    length: [...content].length,
    citations: message?.citations ?? [],
  };
}

export function isRunning(turn: Turn | undefined): boolean {
  return (
    turn !== undefined && ["sending", "streaming", "reconnecting", "lost"].includes(turn.phase)
  );
}

/** Writes text at its offset. A replay after a reconnection never shortens what is shown. */
function writeText(turn: Turn, offset: number, text: string): Turn {
  if (offset >= turn.length) {
    return { ...turn, content: turn.content + text, length: turn.length + [...text].length };
  }
  const end = offset + [...text].length;
  if (end <= turn.length) return turn;
  const kept = [...turn.content].slice(0, offset).join("");
  return { ...turn, content: kept + text, length: end };
}

function addCitation(turn: Turn, citation: Citation): Turn {
  const others = turn.citations.filter((known) => known.number !== citation.number);
  return { ...turn, citations: [...others, citation].sort((a, b) => a.number - b.number) };
}

interface TurnStarted {
  message_id: string;
  user_message: Message | null;
  version: number;
}

interface Failure extends TurnError {
  message_record: Message | null;
}

function fail(turn: Turn, failure: Failure): Turn {
  const { code, message, retryable, message_record } = failure;
  return { ...turn, phase: "failed", error: { code, message, retryable }, final: message_record };
}

/** The turn after one event of its stream. Unknown events change nothing. */
export function applyEvent(turn: Turn, event: ServerEvent): Turn {
  const next = { ...turn, lastEventId: event.id ?? turn.lastEventId };
  const data: unknown = JSON.parse(event.data);
  switch (event.event) {
    case "turn": {
      const started = data as TurnStarted;
      return {
        ...next,
        phase: "streaming",
        messageId: started.message_id,
        userMessage: started.user_message,
        version: started.version,
      };
    }
    case "token": {
      const { offset, text } = data as { offset: number; text: string };
      return { ...writeText(next, offset, text), phase: "streaming" };
    }
    case "citation":
      return addCitation(next, data as Citation);
    case "usage":
      return { ...next, usage: data as Usage };
    case "done":
      return { ...next, phase: "done", final: (data as { message: Message }).message };
    case "error":
      return fail(next, data as Failure);
    default:
      return next;
  }
}
