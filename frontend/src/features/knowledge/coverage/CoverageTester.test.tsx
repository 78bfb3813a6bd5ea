import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { describe, expect, it, vi } from "vitest";
import { renderPart } from "@/test/render";
import { aFound } from "@/test/samples";
import { api, server } from "@/test/server";
import { CoverageTester } from "./CoverageTester";
import { questionsIn, reportAsCsv } from "./questions";

const REPORT = {
  full: 1,
  partial: 0,
  none: 1,
  results: [
    { question: "Days of leave?", coverage: "full", confidence: 0.91, best: aFound() },
    { question: "Wifi password?", coverage: "none", confidence: 0.08, best: null },
  ],
} as const;

function answer() {
  const asked = vi.fn<(questions: string[]) => void>();
  server.use(
    http.post(api("/agents/agent-1/coverage"), async ({ request }) => {
      asked(((await request.json()) as { questions: string[] }).questions);
      return HttpResponse.json(REPORT);
    }),
  );
  return asked;
}

const onOpen = vi.fn();
const show = () =>
  renderPart(<CoverageTester agentId="agent-1" agentName="Guide" onOpen={onOpen} />);
const field = () => screen.getByLabelText("Questions, one a line");

describe("CoverageTester", () => {
  it("tests pasted questions and shows totals, each result and its passage", async () => {
    const asked = answer();
    await show();
    await userEvent.click(field());
    await userEvent.paste("1. Days of leave?\n\n- Wifi password?\nDays of leave?\n");
    await userEvent.click(screen.getByRole("button", { name: "Test 2 questions" }));
    expect(await screen.findByText("1 well covered")).toBeTruthy();
    expect(asked).toHaveBeenCalledExactlyOnceWith(["Days of leave?", "Wifi password?"]);
    expect(screen.getByRole("row", { name: /Wifi password\? Not covered 0.08/ })).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: /handbook.pdf, page 14/ }));
    expect(onOpen).toHaveBeenCalledWith(aFound());
  });

  it("shows the totals as a table too", async () => {
    answer();
    await show();
    await userEvent.type(field(), "Days of leave?");
    await userEvent.click(screen.getByRole("button", { name: "Test 1 question" }));
    await userEvent.click(await screen.findByRole("button", { name: "Show as a table" }));
    expect(screen.getByRole("row", { name: "Not covered 1 50%" })).toBeTruthy();
  });

  it("remembers the questions of an agent", async () => {
    const first = await show();
    await userEvent.type(field(), "Days of leave?");
    first.unmount();
    await show();
    expect(field()).toHaveProperty("value", "Days of leave?");
  });

  it("takes fifty at most", async () => {
    await show();
    await userEvent.click(field());
    await userEvent.paste(Array.from({ length: 51 }, (_, at) => `Question ${at}?`).join("\n"));
    expect(screen.getByText(/Up to 50 can be tested at once/)).toBeTruthy();
    expect(screen.getByRole("button", { name: "Test 51 questions" })).toHaveProperty(
      "disabled",
      true,
    );
  });

  it("keeps the questions when the test fails, and tries again", async () => {
    const problem = { title: "Away", detail: "The search is away.", code: "x", status: 503 };
    server.use(
      http.post(api("/agents/agent-1/coverage"), () => HttpResponse.json(problem, { status: 503 })),
    );
    await show();
    await userEvent.type(field(), "Days of leave?");
    await userEvent.click(screen.getByRole("button", { name: "Test 1 question" }));
    expect(await screen.findByText("The search is away.")).toBeTruthy();
    answer();
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("1 well covered")).toBeTruthy();
  });
});

it("leaves signs of lists out of questions, but not their numbers", () => {
  expect(questionsIn("* a?\n2) b?\n2026 budget?")).toEqual(["a?", "b?", "2026 budget?"]);
});

it("exports a row for each question", () => {
  const lines = reportAsCsv({ ...REPORT, results: [...REPORT.results] }).split("\r\n");
  expect(lines[1]).toMatch(/^Days of leave\?,full,0.91,handbook.pdf,14,Everybody has 28 days/);
  expect(lines[2]).toBe("Wifi password?,none,0.08,,,");
});
