import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { renderPart } from "@/test/render";
import { aVersion } from "@/test/samples";
import { VersionTimeline } from "./VersionHistory";

const versions = [aVersion(3, { active: true }), aVersion(2), aVersion(1)];

async function show() {
  const calls = { onRollback: vi.fn(), onCompare: vi.fn() };
  await renderPart(<VersionTimeline versions={versions} {...calls} />);
  return calls;
}

describe("VersionTimeline", () => {
  it("shows who changed what, and which version is active", async () => {
    await show();
    expect(screen.getByText("Change 3")).toBeTruthy();
    expect(screen.getAllByText("Ada Lovelace")).toHaveLength(3);
    expect(screen.getAllByText("Active")).toHaveLength(1);
  });

  it("goes back to a version with one click, and never to the active one", async () => {
    const { onRollback } = await show();
    expect(screen.queryByRole("button", { name: "Go back to version 3" })).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Go back to version 1" }));
    expect(onRollback).toHaveBeenCalledExactlyOnceWith(versions[2]);
  });

  it("compares two chosen versions, the earlier one first", async () => {
    const { onCompare } = await show();
    await userEvent.click(screen.getByRole("checkbox", { name: "Choose version 3 to compare" }));
    await userEvent.click(screen.getByRole("checkbox", { name: "Choose version 1 to compare" }));
    await userEvent.click(screen.getByRole("button", { name: "Compare v1 and v3" }));
    expect(onCompare).toHaveBeenCalledExactlyOnceWith(versions[2], versions[0]);
  });

  it("shows what one version changed", async () => {
    const { onCompare } = await show();
    await userEvent.click(screen.getByRole("button", { name: "See the changes of version 2" }));
    expect(onCompare).toHaveBeenCalledExactlyOnceWith(versions[2], versions[1]);
  });
});
