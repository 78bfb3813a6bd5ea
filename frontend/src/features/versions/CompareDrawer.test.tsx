import { screen } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, it, vi } from "vitest";
import { renderPart } from "@/test/render";
import { anAgent } from "@/test/samples";
import { api, server } from "@/test/server";
import { CompareDrawer } from "./CompareDrawer";

it("says in words how the reading of documents changed", async () => {
  const before = anAgent().spec.retrieval;
  const after = {
    ...before,
    answer_from: "documents_only",
    time_budget_ms: 1500,
    tags: ["hr"],
  };
  server.use(
    http.get(api("/agents/agent-1/versions/v1/diff/v2"), () =>
      HttpResponse.json({
        from: 1,
        to: 2,
        changes: [{ field: "retrieval", before, after }],
        files: { added: [], removed: [] },
      }),
    ),
  );
  await renderPart(
    <CompareDrawer agentId="agent-1" pair={{ from: "v1", to: "v2" }} onClose={vi.fn()} />,
  );
  expect(await screen.findByText("Answers from")).toBeTruthy();
  expect(screen.getByText("Only the documents").tagName).toBe("INS");
  expect(screen.getByText("3.0 s").tagName).toBe("DEL");
  expect(screen.getByText("hr").tagName).toBe("INS");
  expect(screen.queryByText("Citations")).toBeNull();
});
