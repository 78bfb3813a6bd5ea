import { keep, useKept } from "@/lib/storage";

export function setDraft(key: string, text: string): void {
  keep(`draft.${key}`, text);
}

/** Text that is being written, kept per conversation until it is sent. */
export function useDraft(key: string): [string, (text: string) => void] {
  return useKept(`draft.${key}`);
}
