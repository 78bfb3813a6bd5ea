import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { describe, expect, it } from "vitest";
import type { EmbeddingChoice, EmbeddingIndex, EmbeddingOverview } from "@/api/types";
import { renderPart } from "@/test/render";
import { api, server } from "@/test/server";
import { EmbeddingPage } from "./EmbeddingPage";

const anIndex = (more: Partial<EmbeddingIndex> = {}): EmbeddingIndex => ({
  id: "index-1",
  provider: "local",
  model: "all-MiniLM-L6-v2",
  dimension: 384,
  state: "active",
  chunks_done: 1200,
  chunks_total: 1200,
  error: null,
  created_at: "2026-05-04T09:00:00Z",
  activated_at: "2026-05-04T09:00:00Z",
  ...more,
});

const NEXT = anIndex({
  id: "index-2",
  provider: "openai",
  model: "text-embedding-3-small",
  dimension: 1536,
  state: "building",
  chunks_done: 300,
  activated_at: null,
});

const PROVIDERS: EmbeddingOverview["providers"] = [
  {
    provider: "local",
    label: "Bundled model",
    needs_key: false,
    needs_base_url: false,
    models: [{ model: "all-MiniLM-L6-v2", dimension: 384 }],
    connections: [],
  },
  {
    provider: "openai",
    label: "OpenAI",
    needs_key: true,
    needs_base_url: false,
    models: [{ model: "text-embedding-3-small", dimension: 1536 }],
    connections: [{ id: "connection-1", name: "our-openai" }],
  },
  {
    provider: "openai_compatible",
    label: "OpenAI-compatible server",
    needs_key: false,
    needs_base_url: true,
    models: [],
    connections: [],
  },
];

/** Answers like a server whose state each request may change. */
function serve(first: Partial<EmbeddingOverview> = {}) {
  const state: EmbeddingOverview = {
    active: anIndex(),
    next: null,
    providers: PROVIDERS,
    ...first,
  };
  const sent: EmbeddingChoice[] = [];
  server.use(
    http.get(api("/admin/embedding"), () => HttpResponse.json(state)),
    http.post(api("/admin/embedding"), async ({ request }) => {
      sent.push((await request.json()) as EmbeddingChoice);
      state.next = NEXT;
      return HttpResponse.json(NEXT, { status: 202 });
    }),
    http.post(api("/admin/embedding/next/retry"), () => {
      state.next = NEXT;
      return HttpResponse.json(NEXT, { status: 202 });
    }),
    http.delete(api("/admin/embedding/next"), () => {
      state.next = null;
      return new HttpResponse(null, { status: 204 });
    }),
  );
  return { state, sent };
}

const FAILED = { ...NEXT, state: "failed" as const, error: "OpenAI refused the API key." };

describe("the embedding page", () => {
  it("says which model is in use, and offers others", async () => {
    serve();
    await renderPart(<EmbeddingPage />);
    const active = await screen.findByRole("region", { name: "In use" });
    expect(active.textContent).toContain("all-MiniLM-L6-v2");
    expect(active.textContent).toContain("384 dimensions · 1,200 passages");
    const providers = screen.getByRole("radiogroup", { name: "Provider" });
    expect(within(providers).getAllByRole("radio")).toHaveLength(3);
    expect(screen.queryByRole("button", { name: "Use this model" })).toBeNull();
  });

  it("uses the key of a connection that exists", async () => {
    const { sent } = serve();
    const user = userEvent.setup();
    await renderPart(<EmbeddingPage />);
    await user.click(await screen.findByRole("radio", { name: /OpenAI With a key/ }));
    expect(screen.getByText(/1,200 passages will be embedded again/)).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Use this model" }));
    expect(await screen.findByRole("progressbar")).toBeTruthy();
    expect(sent).toEqual([
      {
        provider: "openai",
        model: "text-embedding-3-small",
        base_url: "",
        connection_id: "connection-1",
      },
    ]);
  });

  it("asks for what a server of one's own needs", async () => {
    const { sent } = serve();
    const user = userEvent.setup();
    await renderPart(<EmbeddingPage />);
    await user.click(await screen.findByRole("radio", { name: /compatible server/ }));
    await user.click(screen.getByRole("button", { name: "Use this model" }));
    expect(await screen.findByText("Name the model")).toBeTruthy();
    expect(screen.getByText("Enter the server's address")).toBeTruthy();
    expect(sent).toEqual([]);
    await user.type(screen.getByLabelText("Model", { selector: "input" }), "bge-m3");
    await user.type(screen.getByLabelText("Address"), "http://10.0.0.5:8080/v1");
    await user.type(screen.getByLabelText("Dimensions"), "512");
    await user.click(screen.getByRole("button", { name: "Use this model" }));
    await waitFor(() =>
      expect(sent).toEqual([
        {
          provider: "openai_compatible",
          model: "bge-m3",
          base_url: "http://10.0.0.5:8080/v1",
          dimension: 512,
        },
      ]),
    );
  });

  it.each([
    [
      { ok: true, dimension: 1536, latency_ms: 240, error: null },
      "It embedded a sentence in 240 ms: 1,536 dimensions.",
    ],
    [
      { ok: false, dimension: null, latency_ms: 90, error: "OpenAI refused the API key." },
      "OpenAI refused the API key.",
    ],
  ])("says in words how a test went", async (trial, words) => {
    const { sent } = serve();
    server.use(http.post(api("/admin/embedding/test"), () => HttpResponse.json(trial)));
    const user = userEvent.setup();
    await renderPart(<EmbeddingPage />);
    await user.click(await screen.findByRole("radio", { name: /OpenAI With a key/ }));
    await user.click(screen.getByRole("button", { name: "Test" }));
    expect(await screen.findByText(words)).toBeTruthy();
    expect(sent).toEqual([]);
  });

  it("shows why a model was refused and keeps what was typed", async () => {
    serve();
    const detail = "OpenAI refused the API key; enter a valid key for it.";
    server.use(
      http.post(api("/admin/embedding"), () =>
        HttpResponse.json(
          {
            title: "The provider refused the key",
            status: 502,
            detail,
            code: "x",
            request_id: "r",
          },
          { status: 502 },
        ),
      ),
    );
    const user = userEvent.setup();
    await renderPart(<EmbeddingPage />);
    await user.click(await screen.findByRole("radio", { name: /OpenAI With a key/ }));
    await user.click(screen.getByRole("button", { name: "Use this model" }));
    expect(await screen.findByText(detail)).toBeTruthy();
    expect(screen.getByLabelText<HTMLInputElement>("Model", { selector: "input" }).value).toBe(
      "text-embedding-3-small",
    );
  });

  it("says how far the next model is, and what is used until then", async () => {
    serve({ next: NEXT });
    await renderPart(<EmbeddingPage />);
    const next = await screen.findByRole("region", { name: "Being prepared" });
    expect(next.textContent).toContain("300 of 1,200 passages (25%)");
    expect(next.textContent).toContain("Answers use all-MiniLM-L6-v2 until this is done");
    expect(within(next).getByRole("progressbar").getAttribute("aria-valuenow")).toBe("25");
    expect(screen.queryByRole("radiogroup", { name: "Provider" })).toBeNull();
  });

  it("gives the next model up after asking", async () => {
    const { state } = serve({ next: NEXT });
    const user = userEvent.setup();
    await renderPart(<EmbeddingPage />);
    await user.click(await screen.findByRole("button", { name: "Cancel" }));
    expect(state.next).not.toBeNull();
    await user.click(await screen.findByRole("button", { name: "Give it up" }));
    expect(await screen.findByText("all-MiniLM-L6-v2 stays in use")).toBeTruthy();
    await waitFor(() =>
      expect(screen.queryByRole("region", { name: "Being prepared" })).toBeNull(),
    );
  });

  it("says why it failed, that nothing was lost, and tries again", async () => {
    serve({ next: FAILED });
    const user = userEvent.setup();
    await renderPart(<EmbeddingPage />);
    const failed = await screen.findByRole("region", { name: "Could not be prepared" });
    expect(within(failed).getByRole("alert").textContent).toBe("OpenAI refused the API key.");
    expect(failed.textContent).toContain("Answers go on using all-MiniLM-L6-v2");
    expect(screen.getByRole("heading", { name: "Choose again" })).toBeTruthy();
    await user.click(within(failed).getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("region", { name: "Being prepared" })).toBeTruthy();
  });

  it("tells when the next model has taken over", async () => {
    const { state } = serve({ next: NEXT });
    const { queries } = await renderPart(<EmbeddingPage />);
    await screen.findByRole("region", { name: "Being prepared" });
    state.active = { ...NEXT, state: "active", chunks_done: 1200 };
    state.next = null;
    await queries.invalidateQueries();
    expect(await screen.findByText("text-embedding-3-small is in use now")).toBeTruthy();
  });

  it("says when the page cannot be loaded", async () => {
    server.use(
      http.get(api("/admin/embedding"), () =>
        HttpResponse.json(
          { title: "Away", status: 503, detail: "Try again shortly.", code: "x", request_id: "r" },
          { status: 503 },
        ),
      ),
    );
    await renderPart(<EmbeddingPage />);
    expect(await screen.findByText("Try again shortly.")).toBeTruthy();
  });
});
