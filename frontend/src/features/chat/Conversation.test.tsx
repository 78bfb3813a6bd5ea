import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { describe, expect, it, vi } from "vitest";
import { renderPart } from "@/test/render";
import { aCitation, aMessage, aQuestion, aSession } from "@/test/samples";
import { api, server } from "@/test/server";
import { Conversation } from "./Conversation";

const SESSION = api("/sessions/session-1");

function show() {
  return renderPart(
    <Conversation
      sessionId="session-1"
      source={null}
      onOpenSource={vi.fn()}
      onOpenFound={vi.fn()}
    />,
  );
}

describe("Conversation", () => {
  it("says how much of an answer the documents carry", async () => {
    const messages = [aQuestion(), aMessage({ citations: [aCitation(1)], coverage: "full" })];
    server.use(http.get(SESSION, () => HttpResponse.json(aSession({ messages }))));
    await show();
    expect(await screen.findByRole("button", { name: "1 source · well covered" })).toBeTruthy();
  });

  it("says when the documents do not cover a question", async () => {
    const messages = [aQuestion(), aMessage({ content: "I don't know.", coverage: "none" })];
    server.use(http.get(SESSION, () => HttpResponse.json(aSession({ messages }))));
    await show();
    expect(await screen.findByText("Your documents don't cover this")).toBeTruthy();
  });

  it("goes on with an answer that was being written when the page was loaded", async () => {
    const streaming = aMessage({ status: "streaming", content: "You have" });
    const stored = aMessage({ content: "You have 28 days." });
    const data = JSON.stringify({ message: stored });
    server.use(
      http.get(SESSION, () =>
        HttpResponse.json(aSession({ messages: [aQuestion(), streaming], running: streaming.id })),
      ),
      http.get(
        api("/sessions/session-1/stream"),
        () => new HttpResponse(`id: 9\nevent: done\ndata: ${data}\n\n`),
      ),
    );
    await show();
    expect(await screen.findByText("You have 28 days.")).toBeTruthy();
    // For who listens: the answer is announced once it is whole.
    expect(await screen.findByText("The answer: You have 28 days.")).toBeTruthy();
  });

  it("shows why an answer failed and asks for it again", async () => {
    const failed = aMessage({
      status: "failed",
      content: "",
      error: { code: "model_unavailable", message: "The model is away." },
    });
    const again = vi.fn();
    server.use(
      http.get(SESSION, () => HttpResponse.json(aSession({ messages: [aQuestion(), failed] }))),
      http.post(api("/messages/message-2/regenerate"), () => {
        again();
        const data = JSON.stringify({
          message: aMessage({ id: "message-3", seq: 3, content: "28 days." }),
        });
        return new HttpResponse(`id: 1\nevent: done\ndata: ${data}\n\n`);
      }),
    );
    await show();
    await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
    await waitFor(() => expect(again).toHaveBeenCalledOnce());
    expect(await screen.findByText("28 days.")).toBeTruthy();
  });

  it("shows an error with a way to try again when the conversation can't be loaded", async () => {
    const problem = {
      title: "Not here",
      detail: "There is no such conversation.",
      code: "x",
      status: 404,
    };
    server.use(http.get(SESSION, () => HttpResponse.json(problem, { status: 404 })));
    await show();
    expect(await screen.findByText("There is no such conversation.")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Try again" })).toBeTruthy();
  });
});
