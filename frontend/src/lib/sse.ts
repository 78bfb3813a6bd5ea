/** A reader of server-sent events over `fetch`, which can carry a token where EventSource can't. */
/** The server writes a keep-alive every 15 s; three missed ones mean that nobody is there. */
const SILENCE_MS = 45_000;

export interface ServerEvent {
  id: string | null;
  event: string;
  data: string;
}

/** Turns text, cut anywhere, into events, by the rules of the HTML standard. */
export class SseParser {
  private buffer = "";
  private data: string[] = [];
  private event = "";
  private id: string | null = null;
  private started = false;

  push(text: string): ServerEvent[] {
    this.buffer += this.started ? text : text.replace(/^\uFEFF/, "");
    if (text) this.started = true;
    const events: ServerEvent[] = [];
    for (let line = this.takeLine(); line !== null; line = this.takeLine()) {
      const event = this.read(line);
      if (event) events.push(event);
    }
    return events;
  }

  private takeLine(): string | null {
    const end = /\r\n|\n|\r(?!$)/.exec(this.buffer);
    if (!end) return null;
    const line = this.buffer.slice(0, end.index);
    this.buffer = this.buffer.slice(end.index + end[0].length);
    return line;
  }

  private read(line: string): ServerEvent | null {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    else if (field === "event") this.event = value;
    else if (field === "id" && !value.includes("\0")) this.id = value;
    return null;
  }

  private dispatch(): ServerEvent | null {
    const { data, event } = this;
    this.data = [];
    this.event = "";
    if (data.length === 0) return null;
    return { id: this.id, event: event || "message", data: data.join("\n") };
  }
}

/** Rejects when a live connection says nothing, not even a keep-alive, for too long. */
async function beforeSilence<T>(work: Promise<T>, silenceMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("The stream fell silent.")), silenceMs);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** The events of a response body, until it ends; throws when it breaks or falls silent. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  silenceMs = SILENCE_MS,
): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new SseParser();
  try {
    for (;;) {
      const { done, value } = await beforeSilence(reader.read(), silenceMs);
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    // Leaving the loop early must close the connection, not only stop reading it.
    await reader.cancel().catch(() => undefined);
  }
}
