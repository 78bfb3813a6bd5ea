import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { describe, expect, it, vi } from "vitest";
import { renderPart } from "@/test/render";
import { anAgent } from "@/test/samples";
import { api, server } from "@/test/server";
import { SettingsPage } from "./SettingsPage";

function show() {
  const saved = vi.fn<(body: unknown) => void>();
  const agent = anAgent();
  server.use(
    http.get(api("/models"), () => HttpResponse.json([])),
    http.get(api("/agents/agent-1/tags"), () => HttpResponse.json([{ tag: "hr", files: 2 }])),
    http.patch(api("/agents/agent-1"), async ({ request }) => {
      const body = (await request.json()) as { retrieval: typeof agent.spec.retrieval };
      saved(body);
      return HttpResponse.json({ ...agent, spec: { ...agent.spec, retrieval: body.retrieval } });
    }),
  );
  return renderPart(<SettingsPage agent={agent} onDeleted={vi.fn()} />).then(() => saved);
}

describe("the settings of reading", () => {
  it("are saved together as one change of the agent", async () => {
    const saved = await show();
    await userEvent.click(screen.getByRole("radio", { name: /Only the documents/ }));
    await userEvent.click(screen.getByRole("radio", { name: /At the end of the answer/ }));
    await userEvent.type(screen.getByLabelText("When the documents don't have it"), "Ask Ada.");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Saved")).toBeTruthy();
    expect(saved).toHaveBeenCalledExactlyOnceWith({
      base_version: 1,
      retrieval: {
        ...anAgent().spec.retrieval,
        answer_from: "documents_only",
        citations: "end",
        not_found_reply: "Ask Ada.",
      },
    });
  });

  it("say the time in seconds and send it in milliseconds", async () => {
    const saved = await show();
    const field = screen.getByLabelText("Longest search");
    expect(field).toHaveProperty("value", "3 s");
    await userEvent.clear(field);
    await userEvent.type(field, "1.5");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Saved")).toBeTruthy();
    expect(saved.mock.lastCall?.[0]).toMatchObject({ retrieval: { time_budget_ms: 1500 } });
  });

  it("say what each choice costs", async () => {
    await show();
    expect(screen.getByText(/More to go by for the model, and more tokens to pay/)).toBeTruthy();
    expect(screen.getByText(/Asks a model for other wordings only where/)).toBeTruthy();
  });
});
