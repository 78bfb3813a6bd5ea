/** How well a passage fits, from the calibrated confidence, in words. */
export function confidenceWord(confidence: number): string {
  if (confidence >= 0.7) return "strong match";
  if (confidence >= 0.4) return "good match";
  return "weak match";
}

/** What the documents carry of a question, in words. */
export const COVERAGE_WORDS = {
  full: "Your documents cover this well.",
  partial: "Your documents cover this in part.",
  none: "Your documents don't cover this.",
} as const;

/** Web addresses only: a document's source must not become a link that runs something. */
export function webAddress(url: string | null | undefined): string | undefined {
  return url && /^https?:\/\//i.test(url) ? url : undefined;
}
