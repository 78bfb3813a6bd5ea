import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { describe, expect, it, vi } from "vitest";
import { renderPart } from "@/test/render";
import { aFile, anAgent } from "@/test/samples";
import { api, server } from "@/test/server";
import { KnowledgePage } from "./KnowledgePage";

const EVENTS = api("/agents/agent-1/files/events");

function files(items: unknown[]) {
  return http.get(api("/agents/agent-1/files"), () =>
    HttpResponse.json({ items, next_cursor: null }),
  );
}

/** A stream that stays open, as the server's does, after what it has to say. */
function live(...events: unknown[]) {
  return http.get(EVENTS, () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const data of events) {
          controller.enqueue(
            new TextEncoder().encode(`event: file\ndata: ${JSON.stringify(data)}\n\n`),
          );
        }
      },
    });
    return new HttpResponse(body, { headers: { "content-type": "text/event-stream" } });
  });
}

function show() {
  return renderPart(
    <KnowledgePage agent={anAgent()} query="" onOpenFile={vi.fn()} onQuery={vi.fn()} />,
  );
}

describe("KnowledgePage", () => {
  it("teaches what documents are for where there are none", async () => {
    server.use(files([]), live());
    await show();
    expect(await screen.findByText("Guide has no documents yet")).toBeTruthy();
  });

  it("follows the reading of a document live", async () => {
    server.use(
      files([aFile({ status: "queued", progress: 0 })]),
      live(aFile({ status: "embedding", progress: 0.8 })),
      http.get(api("/agents/agent-1"), () => HttpResponse.json(anAgent())),
    );
    await show();
    expect(await screen.findByText("80%")).toBeTruthy();
  });

  it("sends the chosen files and shows why one was refused", async () => {
    const detail = "This file is larger than 100 MB. Split it and add the parts.";
    server.use(
      files([]),
      live(),
      http.post(api("/agents/agent-1/files"), () =>
        HttpResponse.json(
          { title: "Too large", detail, code: "document_too_large" },
          { status: 413 },
        ),
      ),
    );
    await show();
    const file = new File(["x"], "big.pdf", { type: "application/pdf" });
    await userEvent.upload(screen.getByLabelText("Documents to add"), file);
    expect(await screen.findByText(detail)).toBeTruthy();
    expect(screen.getByText("big.pdf")).toBeTruthy();
  });
});
