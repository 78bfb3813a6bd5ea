import { screen } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { describe, expect, it, vi } from "vitest";
import { renderPart } from "@/test/render";
import { aCitation, aFile } from "@/test/samples";
import { api, server } from "@/test/server";
import { SourcesPanel } from "./SourcesPanel";

function show(source_url: string | null) {
  server.use(
    http.get(api("/agents/agent-1/files/file-1"), () => HttpResponse.json(aFile({ source_url }))),
    http.get(api("/agents/agent-1/files/file-1/text"), () =>
      HttpResponse.json({ text: "You have 28 days.", start: 0, end: 17, total: 17, pages: [] }),
    ),
  );
  return renderPart(
    <SourcesPanel
      agentId="agent-1"
      citations={[aCitation(1, { char_start: 9, char_end: 16 })]}
      number={1}
      onShow={vi.fn()}
      onClose={vi.fn()}
    />,
  );
}

describe("SourcesPanel", () => {
  it("marks the passage in the document", async () => {
    const { container } = await show(null);
    await screen.findByRole("document");
    expect(container.querySelector("mark")?.textContent).toBe("28 days");
    expect(screen.queryByRole("link")).toBeNull();
  });

  it("links to the web page a source came from, in a new tab", async () => {
    await show("https://example.com/leave");
    const link = await screen.findByRole("link", { name: /handbook.pdf/ });
    expect(link.getAttribute("href")).toBe("https://example.com/leave");
    expect(link.getAttribute("target")).toBe("_blank");
    expect(link.getAttribute("rel")).toContain("noopener");
  });

  it("makes no link of an address that runs something", async () => {
    await show("javascript:alert(1)");
    await screen.findByRole("document");
    expect(screen.queryByRole("link")).toBeNull();
  });
});
