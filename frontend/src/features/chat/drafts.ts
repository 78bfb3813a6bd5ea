import { useSyncExternalStore } from "react";

const PREFIX = "agentgrid.draft.";
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function setDraft(key: string, text: string): void {
  if (text) localStorage.setItem(PREFIX + key, text);
  else localStorage.removeItem(PREFIX + key);
  for (const listener of listeners) listener();
}

/** Text that is being written, kept per conversation until it is sent. */
export function useDraft(key: string): [string, (text: string) => void] {
  const text = useSyncExternalStore(subscribe, () => localStorage.getItem(PREFIX + key) ?? "");
  return [text, (next) => setDraft(key, next)];
}
