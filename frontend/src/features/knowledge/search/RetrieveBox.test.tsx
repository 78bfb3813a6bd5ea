import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import type { Filter } from "@/api/types";
import { renderPart } from "@/test/render";
import { aFile, aFound } from "@/test/samples";
import { api, server } from "@/test/server";
import { RetrieveBox } from "./RetrieveBox";

const QUERY = "How many days of leave?";
const RESULT = {
  chunks: [
    aFound({ queries: [0, 1] }),
    aFound({
      chunk_id: "chunk-2",
      lexical_score: null,
      score: 0.7,
      confidence: 0.3,
      queries: [1],
      neighbour: true,
    }),
  ],
  coverage: "partial",
  confidence: 0.71,
  queries: [QUERY, "vacation entitlement"],
  steps: [
    { name: "rag_queries", time_ms: 12, queries: [], skipped: "One set of words is enough." },
    { name: "rag_retrieval", time_ms: 30, legs: [], queries: [] },
  ],
  time_ms: 42,
};

function answer(result: object = RESULT) {
  const asked = vi.fn<(body: unknown) => void>();
  server.use(
    http.post(api("/agents/agent-1/retrieve"), async ({ request }) => {
      asked(await request.json());
      return HttpResponse.json(result);
    }),
  );
  return asked;
}

const onOpen = vi.fn();

function Box({ initial }: { initial: string }) {
  const [state, setState] = useState<{ query: string; filter: Filter }>({
    query: initial,
    filter: {},
  });
  return (
    <RetrieveBox
      agentId="agent-1"
      {...state}
      onQuery={(query, filter) => setState({ query, filter })}
      onOpen={onOpen}
    />
  );
}

const show = (query = QUERY) => renderPart(<Box initial={query} />);

describe("RetrieveBox", () => {
  it("asks nothing until there is a question", async () => {
    const asked = answer();
    await show("");
    expect(asked).not.toHaveBeenCalled();
    await userEvent.type(screen.getByLabelText("A question to the documents"), "Leave?{Enter}");
    expect(await screen.findByText("Your documents cover this in part.")).toBeTruthy();
    expect(asked).toHaveBeenCalledExactlyOnceWith({
      query: "Leave?",
      filter: { tags: [], files: [] },
    });
  });

  it("says of each passage why it was found", async () => {
    answer();
    await show();
    const [first, second] = await screen.findAllByRole("listitem");
    expect(first?.textContent).toContain("strong match");
    expect(first?.textContent).toContain("found by queries 1, 2");
    expect(first?.textContent).toContain("Meaning0.61");
    expect(first?.textContent).toContain("Words7.20");
    expect(second?.textContent).toContain("weak match");
    expect(second?.textContent).toContain("neighbour");
    expect(second?.textContent).toContain("Wordsnot found");
    expect([...(first?.querySelectorAll("mark") ?? [])].map((hit) => hit.textContent)).toEqual([
      "days",
      "leave",
    ]);
  });

  it("shows the queries, why no model was asked, and where the time went", async () => {
    answer();
    await show();
    await userEvent.click(await screen.findByText("How the search went"));
    expect(screen.getByText("vacation entitlement")).toBeTruthy();
    expect(screen.getByText("One set of words is enough.")).toBeTruthy();
    expect(screen.getByRole("row", { name: "Searching the documents 30 ms" })).toBeTruthy();
  });

  it("takes the next question while it still looks for the last one", async () => {
    const asked = vi.fn<(query: string) => void>();
    server.use(
      http.post(api("/agents/agent-1/retrieve"), async ({ request }) => {
        const { query } = (await request.json()) as { query: string };
        asked(query);
        return query === QUERY ? new Promise<never>(() => {}) : HttpResponse.json(RESULT);
      }),
    );
    await show();
    const box = screen.getByLabelText("A question to the documents");
    await userEvent.clear(box);
    await userEvent.type(box, "Travel?{Enter}");
    expect(await screen.findByText("Your documents cover this in part.")).toBeTruthy();
    expect(asked).toHaveBeenLastCalledWith("Travel?");
  });

  it("opens a passage in its document", async () => {
    answer();
    await show();
    const [open] = await screen.findAllByRole("button", {
      name: "Open handbook.pdf at this passage",
    });
    if (open) await userEvent.click(open);
    expect(onOpen).toHaveBeenCalledWith(RESULT.chunks[0]);
  });

  it("searches only documents with a chosen tag", async () => {
    const asked = answer();
    server.use(
      http.get(api("/agents/agent-1/tags"), () => HttpResponse.json([{ tag: "hr", files: 2 }])),
      http.get(api("/agents/agent-1/files"), () =>
        HttpResponse.json({ items: [aFile()], next_cursor: null }),
      ),
    );
    await show();
    await userEvent.click(await screen.findByRole("button", { name: "All documents" }));
    await userEvent.click(
      await screen.findByLabelText("With one of these tags", { selector: "input" }),
    );
    await userEvent.click(await screen.findByRole("option", { name: "hr (2)" }));
    await waitFor(() =>
      expect(asked).toHaveBeenLastCalledWith({ query: QUERY, filter: { tags: ["hr"], files: [] } }),
    );
    expect(screen.getByRole("button", { name: "Only tag hr" })).toBeTruthy();
  });

  it("says what to do when nothing fits", async () => {
    answer({ ...RESULT, chunks: [], coverage: "none", queries: [QUERY], confidence: 0 });
    await show();
    expect(await screen.findByText("Your documents don't cover this.")).toBeTruthy();
    expect(screen.getByText(/Nothing that fits was found/)).toBeTruthy();
  });
});
