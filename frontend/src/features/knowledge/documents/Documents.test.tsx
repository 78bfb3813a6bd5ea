import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { KnowledgeFile } from "@/api/types";
import { renderPart } from "@/test/render";
import { aFile, stages } from "@/test/samples";
import { api, server } from "@/test/server";
import { Documents } from "./Documents";

const FILE = api("/agents/agent-1/files/file-1");
const NO_TAGS = http.get(api("/agents/agent-1/tags"), () => HttpResponse.json([]));

const show = (...files: KnowledgeFile[]) =>
  renderPart(<Documents agentId="agent-1" files={files} onOpen={vi.fn()} />);

const error = {
  code: "encrypted",
  reason: "The file has a password.",
  advice: "Save it without one.",
  stage: "extracting" as const,
};

async function openMenu(name = "handbook.pdf") {
  await userEvent.click(screen.getByRole("button", { name: `Actions for ${name}` }));
}

describe("a document in the list", () => {
  it("shows what it holds when it is ready", async () => {
    await show(aFile());
    expect(screen.getByText("Ready")).toBeTruthy();
    expect(screen.getByText("12")).toBeTruthy();
    expect(screen.getByText("117 KB")).toBeTruthy();
  });

  it("says how many of its pages gave text when not all did", async () => {
    await show(aFile({ pages: 43, pages_read: 42, warning: "Page 7 is a scan." }));
    expect(screen.getByText("42 of 43 pages")).toBeTruthy();
    expect(screen.getByText("Page 7 is a scan.")).toBeTruthy();
  });

  it.each([
    ["queued", ["waiting"], "Waiting"],
    ["extracting", ["running"], "Reading the text, page 3 of 12"],
    ["chunking", ["done", "running"], "Cutting into passages, page 3 of 12"],
    ["embedding", ["done", "done", "running"], "Understanding, page 3 of 12"],
  ] as const)(
    "names the stage when it is %s, and the share done",
    async (status, states, words) => {
      const running = stages(...states).map((stage) =>
        stage.state === "running" ? { ...stage, detail: "page 3 of 12" } : stage,
      );
      await show(aFile({ status, progress: 0.4, stages: running, askable: "no" }));
      const bar = screen.getByRole("progressbar", { name: `handbook.pdf: ${words}` });
      expect(bar.getAttribute("aria-valuenow")).toBe("40");
      expect(screen.getByText("40%")).toBeTruthy();
      expect(screen.queryByText(/You can ask now/)).toBeNull();
    },
  );

  it("says that it can be asked before it is ready", async () => {
    await show(aFile({ status: "embedding", askable: "words", progress: 0.6 }));
    expect(screen.getByText("You can ask now. I am still refining.")).toBeTruthy();
  });

  it("says where and why it failed and what to do, and tries again", async () => {
    const retried = vi.fn();
    server.use(
      http.post(`${FILE}/retry`, () => {
        retried();
        return HttpResponse.json(aFile({ status: "queued", progress: 0 }), { status: 202 });
      }),
    );
    await show(aFile({ status: "failed", error }));
    expect(screen.getByText(error.reason)).toBeTruthy();
    expect(
      screen.getByText("It happened while reading the text. Save it without one."),
    ).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Try again: handbook.pdf" }));
    await waitFor(() => expect(retried).toHaveBeenCalledOnce());
  });

  it("offers to go on after it was stopped", async () => {
    await show(aFile({ status: "failed", error: { ...error, code: "cancelled" } }));
    expect(screen.getByText("You stopped it")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Go on with handbook.pdf" })).toBeTruthy();
  });

  it("can be stopped while it is read", async () => {
    const stopped = vi.fn();
    server.use(
      http.post(`${FILE}/cancel`, () => {
        stopped();
        return HttpResponse.json(aFile({ status: "failed" }), { status: 202 });
      }),
    );
    await show(aFile({ status: "embedding" }));
    await openMenu();
    await userEvent.click(await screen.findByRole("menuitem", { name: "Stop reading it" }));
    await waitFor(() => expect(stopped).toHaveBeenCalledOnce());
  });

  it("is removed only after a question", async () => {
    const removed = vi.fn();
    server.use(
      http.delete(FILE, () => {
        removed();
        return new HttpResponse(null, { status: 204 });
      }),
    );
    await show(aFile());
    await openMenu();
    await userEvent.click(await screen.findByRole("menuitem", { name: "Remove" }));
    expect(removed).not.toHaveBeenCalled();
    await userEvent.click(await screen.findByRole("button", { name: "Remove" }));
    expect(await screen.findByText("handbook.pdf was removed")).toBeTruthy();
    expect(removed).toHaveBeenCalledOnce();
  });

  it("gets other tags", async () => {
    const sent = vi.fn();
    server.use(
      NO_TAGS,
      http.patch(FILE, async ({ request }) => {
        const body = (await request.json()) as { tags: string[] };
        sent(body);
        return HttpResponse.json(aFile(body));
      }),
    );
    await show(aFile({ tags: ["hr"] }));
    await openMenu();
    await userEvent.click(await screen.findByRole("menuitem", { name: "Edit tags" }));
    await userEvent.type(
      await screen.findByLabelText("Tags of handbook.pdf", { selector: "input" }),
      "2026{Enter}",
    );
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(sent).toHaveBeenCalledExactlyOnceWith({ tags: ["hr", "2026"] }));
  });

  it("links to the web page it came from, but never to a script", async () => {
    await show(
      aFile({ source_url: "https://example.com/a" }),
      aFile({ id: "file-2", name: "bad.html", source_url: "javascript:alert(1)" }),
    );
    await openMenu();
    const link = await screen.findByRole("menuitem", { name: "Open the web page" });
    expect(link.getAttribute("href")).toBe("https://example.com/a");
    await userEvent.keyboard("{Escape}");
    await openMenu("bad.html");
    await screen.findByRole("menuitem", { name: "Download" });
    expect(screen.queryByRole("menuitem", { name: "Open the web page" })).toBeNull();
  });
});

function many(count: number): KnowledgeFile[] {
  return Array.from({ length: count }, (_, at) =>
    aFile({
      id: `file-${at}`,
      name: `report ${at}.pdf`,
      tags: at % 2 ? ["odd"] : ["even"],
      created_at: new Date(Date.UTC(2026, 0, 1) + at * 60_000).toISOString(),
    }),
  );
}

const names = () =>
  screen.getAllByRole("row").flatMap((row) => /report \d+\.pdf/.exec(row.textContent ?? "") ?? []);

describe("the list of documents", () => {
  it("shows a page of a thousand, newest first, and the next one", async () => {
    await show(...many(1000));
    expect(names()).toHaveLength(50);
    expect(names()[0]).toBe("report 999.pdf");
    expect(screen.getByText("1 to 50 of 1,000")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Next page" }));
    expect(names()[0]).toBe("report 949.pdf");
  });

  it("finds by name, with numbers in their order", async () => {
    await show(...many(30));
    await userEvent.type(screen.getByLabelText("Search the documents by name"), "REPORT 1");
    await userEvent.click(screen.getByRole("button", { name: "Name" }));
    await waitFor(() =>
      expect(names().slice(0, 3)).toEqual(["report 1.pdf", "report 10.pdf", "report 11.pdf"]),
    );
    expect(screen.getByRole("columnheader", { name: "Name" }).getAttribute("aria-sort")).toBe(
      "ascending",
    );
  });

  it("shows only documents with a tag that is clicked", async () => {
    await show(...many(4));
    const [tag] = screen.getAllByRole("button", { name: /with the tag odd/ });
    if (tag) await userEvent.click(tag);
    expect(names()).toEqual(["report 3.pdf", "report 1.pdf"]);
  });

  it("shows what a person should look at, and all again when nothing is like that", async () => {
    await show(aFile(), aFile({ id: "file-2", name: "b.pdf", status: "failed", error }));
    await userEvent.click(screen.getByRole("radio", { name: "To look at 1" }));
    expect(screen.queryByText("handbook.pdf")).toBeNull();
    await userEvent.type(screen.getByLabelText("Search the documents by name"), "zzz");
    await userEvent.click(await screen.findByRole("button", { name: "Show all 2 documents" }));
    expect(screen.getByText("handbook.pdf")).toBeTruthy();
  });

  it("does the same to several documents", async () => {
    const sent = vi.fn();
    server.use(
      NO_TAGS,
      http.patch(api("/agents/agent-1/files/:id"), async ({ request, params }) => {
        const { tags } = (await request.json()) as { tags: string[] };
        sent(params.id, tags);
        return HttpResponse.json(aFile({ id: String(params.id), tags }));
      }),
    );
    await show(...many(3));
    await userEvent.click(screen.getByLabelText("Choose all on this page"));
    expect(screen.getByText("3 chosen")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Add tags" }));
    await userEvent.type(
      await screen.findByLabelText("Tags to add", { selector: "input" }),
      "odd{Enter}",
    );
    const form = screen.getAllByRole("button", { name: "Add tags" }).at(-1);
    if (form) await userEvent.click(form);
    // The one that has the tag already is left alone.
    await waitFor(() => expect(sent).toHaveBeenCalledTimes(2));
    expect(sent).toHaveBeenCalledWith("file-0", ["even", "odd"]);
    expect(sent).toHaveBeenCalledWith("file-2", ["even", "odd"]);
  });
});
