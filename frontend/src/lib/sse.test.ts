import { describe, expect, it } from "vitest";
import { readEvents, type ServerEvent, SseParser } from "./sse";

const STREAM =
  ': hello\n\nid: 1\nevent: token\ndata: {"text":"Grüße"}\n\nid: 2\ndata: one\ndata: two\n\n';

function bodyOf(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

async function collect(body: ReadableStream<Uint8Array>): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of readEvents(body)) events.push(event);
  return events;
}

const EXPECTED = [
  { id: "1", event: "token", data: '{"text":"Grüße"}' },
  { id: "2", event: "message", data: "one\ntwo" },
];

describe("readEvents", () => {
  it("reads events, joins their data lines and passes over comments", async () => {
    expect(await collect(bodyOf(new TextEncoder().encode(STREAM)))).toEqual(EXPECTED);
  });

  it("reads the same however the bytes are cut, inside a character too", async () => {
    const bytes = new TextEncoder().encode(STREAM);
    const chunks = [...bytes].map((byte) => Uint8Array.of(byte));
    expect(await collect(bodyOf(...chunks))).toEqual(EXPECTED);
  });

  it("drops an event that the connection cut in two", async () => {
    const bytes = new TextEncoder().encode("data: whole\n\ndata: half");
    expect(await collect(bodyOf(bytes))).toEqual([{ id: null, event: "message", data: "whole" }]);
  });

  it("ends a connection that says nothing for too long", async () => {
    const silent = new ReadableStream<Uint8Array>({});
    await expect(async () => {
      for await (const _ of readEvents(silent, 5)) {
        // Nothing comes.
      }
    }).rejects.toThrow("silent");
  });

  it("closes the connection when its reader leaves", async () => {
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("data: x\n\n")),
      cancel: () => {
        isCancelled = true;
      },
    });
    for await (const _ of readEvents(body)) break;
    expect(isCancelled).toBe(true);
  });
});

describe("SseParser", () => {
  it.each(["\n", "\r\n", "\r"])("takes %j as the end of a line", (end) => {
    const parser = new SseParser();
    const text = ["event: a", "data: 1", "", "data: 2", "", ": end"].join(end);
    expect(parser.push(text).map((event) => event.data)).toEqual(["1", "2"]);
  });

  it("keeps the last id for events without one, as the standard says", () => {
    const parser = new SseParser();
    expect(parser.push("id: 7\ndata: a\n\ndata: b\n\n").map((event) => event.id)).toEqual([
      "7",
      "7",
    ]);
  });

  it("takes one space after the colon away, and no more", () => {
    expect(new SseParser().push("data:  a\n\n")[0]?.data).toBe(" a");
  });
});
