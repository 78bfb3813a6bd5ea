import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { describe, expect, it, vi } from "vitest";
import type { Source } from "@/api/types";
import { renderPart } from "@/test/render";
import { api, server } from "@/test/server";
import { WebSources } from "./WebSources";

function aSource(change: Partial<Source> = {}): Source {
  return {
    id: "source-1",
    agent_id: "agent-1",
    url: "https://docs.example.com/guide/",
    kind: "site",
    max_depth: 2,
    max_pages: 50,
    tags: [],
    status: "ready",
    pages_found: 12,
    pages_read: 10,
    pages_unchanged: 0,
    skipped: [],
    error: null,
    last_crawled_at: "2026-11-22T10:00:00Z",
    created_at: "2026-11-22T09:00:00Z",
    ...change,
  };
}

function show(sources: Source[], isLive = true) {
  server.use(
    http.get(api("/agents/agent-1/sources"), () =>
      HttpResponse.json({ items: sources, next_cursor: null }),
    ),
    http.get(api("/agents/agent-1/tags"), () => HttpResponse.json([])),
  );
  return renderPart(<WebSources agentId="agent-1" isLive={isLive} />);
}

describe("web sources", () => {
  it("says how far a site is, and lets it be stopped", async () => {
    const stopped = vi.fn();
    server.use(
      http.post(api("/agents/agent-1/sources/source-1/cancel"), () => {
        stopped();
        const error = { code: "cancelled", reason: "Stopped.", advice: "Sync to go on." };
        return HttpResponse.json(aSource({ status: "failed", error }), { status: 202 });
      }),
    );
    show([aSource({ status: "crawling", pages_read: 4, pages_found: 20 })]);
    expect(await screen.findByText("Reading: 4 read, 20 found")).toBeTruthy();
    const bar = screen.getByRole("progressbar", { name: /docs\.example\.com\/guide: Reading/ });
    expect(bar.getAttribute("aria-valuenow")).toBe("20");
    await userEvent.click(
      screen.getByRole("button", { name: "Stop reading docs.example.com/guide" }),
    );
    expect(await screen.findByText("You stopped it")).toBeTruthy();
    expect(stopped).toHaveBeenCalledOnce();
  });

  it("lists what was left out with the reasons", async () => {
    const skipped = [
      { url: "https://docs.example.com/private", reason: "The site asks robots not to read it." },
      { url: "https://docs.example.com/b%C3%BCro", reason: "There is no such page." },
    ];
    show([aSource({ skipped })]);
    const toggle = await screen.findByRole("button", { name: "2 addresses left out" });
    expect(toggle.getAttribute("aria-expanded")).toBe("false");
    await userEvent.click(toggle);
    expect(toggle.getAttribute("aria-expanded")).toBe("true");
    expect(screen.getByText("/private")).toBeTruthy();
    expect(screen.getByText("/büro")).toBeTruthy();
    expect(screen.getByText("There is no such page.")).toBeTruthy();
  });

  it("says why a site could not be read, and what to do", async () => {
    const error = { code: "nothing_read", reason: "There is no such page.", advice: "Check it." };
    show([aSource({ status: "failed", error, pages_read: 0 })]);
    expect(await screen.findByText("There is no such page.")).toBeTruthy();
    expect(screen.getByText("Check it.")).toBeTruthy();
    expect(screen.getByRole("button", { name: /^Sync/ })).toBeTruthy();
  });

  it("tells what syncing changed", async () => {
    show([
      aSource({ id: "a", url: "https://a.example/", pages_unchanged: 10 }),
      aSource({ id: "b", url: "https://b.example/", pages_unchanged: 7 }),
    ]);
    expect(await screen.findByText("10 pages, nothing changed")).toBeTruthy();
    expect(screen.getByText("10 pages, 3 new or changed")).toBeTruthy();
  });

  it("removes a source only after asking", async () => {
    const removed = vi.fn();
    server.use(
      http.delete(api("/agents/agent-1/sources/source-1"), () => {
        removed();
        return new HttpResponse(null, { status: 204 });
      }),
    );
    show([aSource()]);
    await userEvent.click(
      await screen.findByRole("button", { name: "Remove docs.example.com/guide" }),
    );
    const dialog = await screen.findByRole("dialog");
    expect(removed).not.toHaveBeenCalled();
    await userEvent.click(within(dialog).getByRole("button", { name: "Remove" }));
    await waitFor(() => expect(screen.queryByText("10 pages")).toBeNull());
    expect(removed).toHaveBeenCalledOnce();
  });

  it("adds a site with its limits and shows it at once", async () => {
    const sent = vi.fn();
    server.use(
      http.post(api("/agents/agent-1/sources"), async ({ request }) => {
        sent(await request.json());
        return HttpResponse.json(aSource({ status: "queued", pages_found: 1, pages_read: 0 }), {
          status: 202,
        });
      }),
    );
    show([]);
    await userEvent.click(await screen.findByRole("button", { name: "Add from the web" }));
    const dialog = await screen.findByRole("dialog");
    expect(
      within(dialog).getByRole("button", { name: "Read this page" }).hasAttribute("disabled"),
    ).toBe(true);
    await userEvent.type(
      within(dialog).getByLabelText(/Address/),
      " https://docs.example.com/guide/",
    );
    await userEvent.click(within(dialog).getByRole("radio", { name: "The site below it" }));
    const pages = within(dialog).getByLabelText("Pages at most");
    await userEvent.clear(pages);
    await userEvent.type(pages, "20");
    await userEvent.click(within(dialog).getByRole("button", { name: "Read this site" }));
    expect(await screen.findByText("Waiting to be read")).toBeTruthy();
    expect(sent).toHaveBeenCalledWith({
      url: "https://docs.example.com/guide/",
      kind: "site",
      tags: [],
      max_pages: 20,
      max_depth: 2,
    });
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("says at the field what is wrong with an address", async () => {
    const detail = "10.0.0.1 does not lead to the public internet.";
    server.use(
      http.post(api("/agents/agent-1/sources"), () =>
        HttpResponse.json(
          { title: "No", status: 422, detail, code: "address_not_allowed" },
          { status: 422 },
        ),
      ),
    );
    show([]);
    await userEvent.click(await screen.findByRole("button", { name: "Add from the web" }));
    const field = await screen.findByLabelText(/Address/);
    await userEvent.type(field, "http://10.0.0.1/{Enter}");
    expect(await screen.findByText(detail)).toBeTruthy();
    expect(field.getAttribute("aria-invalid")).toBe("true");
    await userEvent.type(field, "x");
    expect(screen.queryByText(detail)).toBeNull();
  });

  it("asks for the list again while something is read and no news come", async () => {
    let asked = 0;
    server.use(
      http.get(api("/agents/agent-1/sources"), () => {
        asked += 1;
        const status = asked === 1 ? "crawling" : "ready";
        return HttpResponse.json({ items: [aSource({ status })], next_cursor: null });
      }),
    );
    renderPart(<WebSources agentId="agent-1" isLive={false} />);
    expect(await screen.findByText(/^Reading/)).toBeTruthy();
    expect(await screen.findByText("10 pages", {}, { timeout: 5000 })).toBeTruthy();
  });
});
