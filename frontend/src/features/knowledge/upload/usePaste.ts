import { useEffect, useEffectEvent } from "react";

const FIELDS = "input, textarea, select, [contenteditable], [role='dialog']";

/** What is pasted onto the page itself, not into one of its fields. */
export function usePaste(onFiles: (files: File[]) => void, onText: (text: string) => void): void {
  const take = useEffectEvent((event: ClipboardEvent) => {
    if (event.target instanceof Element && event.target.closest(FIELDS)) return;
    const files = [...(event.clipboardData?.files ?? [])];
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (files.length > 0) onFiles(files);
    else if (text.trim()) onText(text);
    else return;
    event.preventDefault();
  });
  useEffect(() => {
    const listen = (event: ClipboardEvent) => take(event);
    window.addEventListener("paste", listen);
    return () => window.removeEventListener("paste", listen);
  }, []);
}
