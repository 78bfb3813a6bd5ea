import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { renderPart } from "@/test/render";
import { aCitation } from "@/test/samples";
import { Answer } from "./Answer";

describe("Answer", () => {
  it("opens the source of a citation", async () => {
    const open = vi.fn();
    await renderPart(
      <Answer
        content="28 days [1], more [2]."
        citations={[aCitation(1), aCitation(2)]}
        onOpenSource={open}
      />,
    );
    await userEvent.click(screen.getByRole("button", { name: "Source 2: handbook.pdf, page 2" }));
    expect(open).toHaveBeenCalledWith(2);
  });

  it("leaves a number in brackets alone where there is no such source", async () => {
    await renderPart(
      <Answer content="See [7]." citations={[aCitation(1)]} onOpenSource={vi.fn()} />,
    );
    expect(screen.getByText("See [7].")).toBeTruthy();
  });

  it("leaves code alone", async () => {
    await renderPart(
      <Answer content={"`list[1]`"} citations={[aCitation(1)]} onOpenSource={vi.fn()} />,
    );
    expect(screen.getByText("list[1]")).toBeTruthy();
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("keeps a place for a source that comes later in the stream", async () => {
    await renderPart(
      <Answer content="28 days [1]" citations={[]} isStreaming onOpenSource={vi.fn()} />,
    );
    expect(screen.getByRole("button", { name: "Source 1" })).toHaveProperty("disabled", true);
  });

  it("runs no HTML and loads no picture of a model's", async () => {
    const { container } = await renderPart(
      <Answer
        content={
          '<img src="https://evil.example/a"> ![x](https://evil.example/b) [y](javascript:alert(1))'
        }
        citations={[]}
        onOpenSource={vi.fn()}
      />,
    );
    expect(container.querySelector("img")).toBeNull();
    expect(screen.getByText("y").getAttribute("href") ?? "").not.toContain("javascript");
  });

  it("offers to copy code", async () => {
    await renderPart(
      <Answer content={"```python\nprint(1)\n```"} citations={[]} onOpenSource={vi.fn()} />,
    );
    expect(screen.getByText("python")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Copy" })).toBeTruthy();
  });
});
