import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { renderPart } from "@/test/render";
import { aFile, anAgent } from "@/test/samples";
import { api, server } from "@/test/server";
import { KnowledgePage, type KnowledgeState } from "./KnowledgePage";

const EVENTS = api("/agents/agent-1/files/events");

function files(items: unknown[]) {
  return http.get(api("/agents/agent-1/files"), () =>
    HttpResponse.json({ items, next_cursor: null }),
  );
}

/** A stream that stays open, as the server's does, after what it has to say. */
function stream(events: object[]) {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const data of events) {
        const text =
          "removed" in data
            ? `event: removed\ndata: {"id": "${data.removed}"}\n\n`
            : `event: file\ndata: ${JSON.stringify(data)}\n\n`;
        controller.enqueue(new TextEncoder().encode(text));
      }
    },
  });
  return new HttpResponse(body, { headers: { "content-type": "text/event-stream" } });
}

function live(...events: object[]) {
  return http.get(EVENTS, () => stream(events));
}

const FORMATS = {
  formats: [
    { label: "PDF", suffixes: [".pdf"], media_types: ["application/pdf"] },
    { label: "Text", suffixes: [".txt", ".md"], media_types: ["text/plain"] },
  ],
  ocr: { available: true, languages: ["eng", "deu"], advice: null },
  max_upload_bytes: 1000,
};

const AROUND = [
  http.get(api("/knowledge/formats"), () => HttpResponse.json(FORMATS)),
  http.get(api("/agents/agent-1/tags"), () => HttpResponse.json([{ tag: "hr", files: 2 }])),
  http.get(api("/agents/agent-1/sources"), () =>
    HttpResponse.json({ items: [], next_cursor: null }),
  ),
  http.get(api("/agents/agent-1"), () => HttpResponse.json(anAgent())),
];

function Page() {
  const [state, setState] = useState<KnowledgeState>({
    view: "documents",
    place: { tab: "overview", passage: null },
    query: "",
    filter: {},
  });
  return (
    <KnowledgePage
      agent={anAgent()}
      state={state}
      onState={(change) => setState((old) => ({ ...old, ...change }))}
    />
  );
}

function show() {
  return renderPart(<Page />);
}

/** Answers uploads and tells of each one's name and tags. */
function uploads(answer: (name: string) => Response) {
  const received = vi.fn<(name: string, tags: string[]) => void>();
  server.use(
    http.post(api("/agents/agent-1/files"), async ({ request }) => {
      const form = await request.formData();
      const file = form.get("file") as File;
      received(file.name, form.getAll("tags").map(String));
      return answer(file.name);
    }),
  );
  return received;
}

const accept = (name: string) =>
  HttpResponse.json(aFile({ id: name, name, status: "queued", progress: 0 }), { status: 202 });

const pdf = (name: string, text = "x") => new File([text], name, { type: "application/pdf" });

describe("KnowledgePage", () => {
  it("teaches what documents are for where there are none", async () => {
    server.use(files([]), live(), ...AROUND);
    await show();
    expect(await screen.findByText("Guide has no documents yet")).toBeTruthy();
  });

  it("says what can be read, scans too", async () => {
    server.use(files([]), live(), ...AROUND);
    await show();
    await userEvent.click(await screen.findByRole("button", { name: "Which files can be read?" }));
    expect(
      await screen.findByText(/Scans and pictures are read too \(English, German\)/),
    ).toBeTruthy();
  });

  it("shows an error with a way to try again when the list can't be loaded", async () => {
    const problem = { title: "Away", detail: "The database is away.", code: "x", status: 503 };
    server.use(
      http.get(api("/agents/agent-1/files"), () => HttpResponse.json(problem, { status: 503 })),
      live(),
      ...AROUND,
    );
    await show();
    expect(await screen.findByText("The database is away.")).toBeTruthy();
    expect(screen.getByText("Your documents are safe.")).toBeTruthy();
  });

  it("follows the reading of documents live, and their removal", async () => {
    server.use(
      files([aFile({ status: "queued", progress: 0 }), aFile({ id: "file-2", name: "old.txt" })]),
      live(aFile({ status: "embedding", progress: 0.8 }), { removed: "file-2" }),
      ...AROUND,
    );
    await show();
    expect(await screen.findByText("80%")).toBeTruthy();
    expect(screen.queryByText("old.txt")).toBeNull();
  });

  it("connects again when the live news break off", async () => {
    let times = 0;
    server.use(
      files([aFile({ status: "queued", progress: 0 })]),
      http.get(EVENTS, () => {
        times += 1;
        return times === 1
          ? new HttpResponse("")
          : stream([aFile({ progress: 0.3, status: "extracting" })]);
      }),
      ...AROUND,
    );
    await show();
    expect(await screen.findByText(/Live news are interrupted/)).toBeTruthy();
    expect(await screen.findByText("30%")).toBeTruthy();
    await waitFor(() => expect(screen.queryByText(/Live news are interrupted/)).toBeNull());
  });

  it("sends the chosen files with the tags of the batch", async () => {
    server.use(files([]), live(), ...AROUND);
    const received = uploads(accept);
    await show();
    await userEvent.type(
      screen.getByLabelText("Tags for the documents you add, optional", { selector: "input" }),
      "travel{Enter}",
    );
    await userEvent.upload(screen.getByLabelText("Documents to add"), [pdf("a.pdf"), pdf("b.pdf")]);
    expect(await screen.findByRole("button", { name: "a.pdf" })).toBeTruthy();
    expect(await screen.findByRole("button", { name: "b.pdf" })).toBeTruthy();
    expect(received).toHaveBeenCalledWith("a.pdf", ["travel"]);
    expect(received).toHaveBeenCalledWith("b.pdf", ["travel"]);
    expect(screen.queryByRole("region", { name: "Uploads" })).toBeNull();
  });

  it("replaces documents of the same name when that is chosen", async () => {
    server.use(files([]), live(), ...AROUND);
    const replaced = vi.fn();
    server.use(
      http.post(api("/agents/agent-1/files"), async ({ request }) => {
        replaced((await request.formData()).get("replace"));
        return accept("a.pdf");
      }),
    );
    await show();
    await userEvent.upload(screen.getByLabelText("Documents to add"), pdf("a.pdf"));
    await waitFor(() => expect(replaced).toHaveBeenLastCalledWith(null));
    await userEvent.click(screen.getByRole("button", { name: "More ways to add" }));
    await userEvent.click(
      await screen.findByRole("menuitemcheckbox", { name: "Replace documents of the same name" }),
    );
    await userEvent.upload(screen.getByLabelText("Documents to add"), pdf("a.pdf"));
    await waitFor(() => expect(replaced).toHaveBeenLastCalledWith("true"));
  });

  it("shows why a file was refused, and sends it again where that may help", async () => {
    server.use(files([]), live(), ...AROUND);
    const detail = "The store is full for the moment. Try again later.";
    let isFull = true;
    uploads((name) =>
      isFull
        ? HttpResponse.json({ title: "Full", detail, code: "full" }, { status: 503 })
        : accept(name),
    );
    await show();
    await userEvent.upload(screen.getByLabelText("Documents to add"), pdf("a.pdf"));
    expect(await screen.findByText(detail)).toBeTruthy();
    isFull = false;
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("button", { name: "a.pdf" })).toBeTruthy();
    expect(screen.queryByText(detail)).toBeNull();
  });

  it("refuses at once what the server would refuse after the upload", async () => {
    server.use(files([]), live(), ...AROUND);
    const received = uploads(accept);
    await show();
    await screen.findByRole("button", { name: "Which files can be read?" });
    const input = screen.getByLabelText("Documents to add");
    const user = userEvent.setup({ applyAccept: false });
    await user.upload(input, [
      pdf("big.pdf", "x".repeat(2000)),
      pdf("empty.pdf", ""),
      pdf("song.mp3"),
    ]);
    expect(await screen.findByText(/Files may have up to 1000 B here/)).toBeTruthy();
    expect(screen.getByText(/The file is empty/)).toBeTruthy();
    expect(screen.getByText(/Files that end in .mp3 can't be read/)).toBeTruthy();
    expect(received).not.toHaveBeenCalled();
    await user.click(screen.getByRole("button", { name: "Dismiss all" }));
    expect(screen.queryByText(/The file is empty/)).toBeNull();
  });

  it("makes a document of pasted text, once it has a name", async () => {
    server.use(files([]), live(), ...AROUND);
    const received = uploads(accept);
    await show();
    await screen.findByText("Guide has no documents yet");
    fireEvent.paste(document.body, {
      clipboardData: { files: [], getData: () => "# Rules of the house\nNo shoes." },
    });
    expect(await screen.findByDisplayValue("Rules of the house")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Add as a document" }));
    await waitFor(() => expect(received).toHaveBeenCalledWith("Rules of the house.md", []));
  });
});
