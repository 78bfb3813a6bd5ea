import { useSyncExternalStore } from "react";

const PREFIX = "agentgrid.";
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Keeps a text in this browser; the empty one is forgotten. */
export function keep(key: string, text: string): void {
  if (text) localStorage.setItem(PREFIX + key, text);
  else localStorage.removeItem(PREFIX + key);
  for (const listener of listeners) listener();
}

export function kept(key: string): string {
  return localStorage.getItem(PREFIX + key) ?? "";
}

/** A text that this browser remembers. */
export function useKept(key: string): [string, (text: string) => void] {
  const text = useSyncExternalStore(subscribe, () => kept(key));
  return [text, (next) => keep(key, next)];
}
