import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { renderPart } from "@/test/render";
import { Composer } from "./Composer";

function composer(over: Partial<Parameters<typeof Composer>[0]> = {}) {
  const calls = { onSend: vi.fn(), onStop: vi.fn() };
  const part = (
    <Composer
      draftKey="s"
      agentName="Guide"
      isRunning={false}
      isSending={false}
      {...calls}
      {...over}
    />
  );
  return { part, ...calls };
}

describe("Composer", () => {
  it("sends with Enter and makes a line with Shift+Enter", async () => {
    const { part, onSend } = composer();
    await renderPart(part);
    const field = screen.getByRole("textbox", { name: "Message to Guide" });
    await userEvent.type(field, "one{Shift>}{Enter}{/Shift}two{Enter}");
    expect(onSend).toHaveBeenCalledExactlyOnceWith("one\ntwo");
    expect(field).toHaveProperty("value", "");
  });

  it("keeps what is written until it is sent", async () => {
    const first = await renderPart(composer().part);
    await userEvent.type(screen.getByRole("textbox"), "half a thought");
    first.unmount();
    await renderPart(composer().part);
    expect(screen.getByRole("textbox")).toHaveProperty("value", "half a thought");
  });

  it("does not send while an answer is written, but stops it", async () => {
    const { part, onSend, onStop } = composer({ isRunning: true });
    await renderPart(part);
    await userEvent.type(screen.getByRole("textbox"), "next{Enter}");
    expect(onSend).not.toHaveBeenCalled();
    await userEvent.click(screen.getByRole("button", { name: "Stop the answer" }));
    expect(onStop).toHaveBeenCalledOnce();
  });
});
