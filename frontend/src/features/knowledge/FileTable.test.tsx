import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { KnowledgeFile } from "@/api/types";
import { renderPart } from "@/test/render";
import { aFile } from "@/test/samples";
import { api, server } from "@/test/server";
import { FileTable } from "./FileTable";

const show = (...files: KnowledgeFile[]) =>
  renderPart(<FileTable agentId="agent-1" files={files} onOpen={vi.fn()} />);

describe("FileTable", () => {
  it("shows what a ready document holds", async () => {
    await show(aFile());
    expect(screen.getByText("Ready")).toBeTruthy();
    expect(screen.getByText("12")).toBeTruthy();
    expect(screen.getByText("117 KB")).toBeTruthy();
  });

  it.each([
    ["queued", "Waiting"],
    ["extracting", "Reading the text"],
    ["chunking", "Cutting into passages"],
    ["embedding", "Indexing"],
  ] as const)(
    "names the stage of a document that is %s, with the share done",
    async (status, words) => {
      await show(aFile({ status, progress: 0.4, pages: null, chunks: null }));
      const bar = screen.getByRole("progressbar", { name: `handbook.pdf: ${words}` });
      expect(bar.getAttribute("aria-valuenow")).toBe("40");
      expect(screen.getByText("40%")).toBeTruthy();
    },
  );

  it("says why a document failed and what to do, and tries again", async () => {
    const error = {
      code: "encrypted",
      reason: "The file has a password.",
      advice: "Save it without one.",
    };
    const retried = vi.fn();
    server.use(
      http.post(api("/agents/agent-1/files/file-1/retry"), () => {
        retried();
        return HttpResponse.json(aFile({ status: "queued", progress: 0 }), { status: 202 });
      }),
    );
    await show(aFile({ status: "failed", error }));
    expect(screen.getByText(error.reason)).toBeTruthy();
    expect(screen.getByText(error.advice)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(retried).toHaveBeenCalledOnce();
  });

  it("asks before it removes a document", async () => {
    const removed = vi.fn();
    server.use(
      http.delete(api("/agents/agent-1/files/file-1"), () => {
        removed();
        return new HttpResponse(null, { status: 204 });
      }),
    );
    await show(aFile());
    await userEvent.click(screen.getByRole("button", { name: "Actions for handbook.pdf" }));
    await userEvent.click(await screen.findByRole("menuitem", { name: "Remove" }));
    expect(removed).not.toHaveBeenCalled();
    await userEvent.click(await screen.findByRole("button", { name: "Remove" }));
    expect(removed).toHaveBeenCalledOnce();
  });
});
