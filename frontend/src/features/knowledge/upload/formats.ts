import type { Formats } from "@/api/types";
import { formatSize } from "@/lib/format";

const NAMED = 4;

function suffixOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot).toLowerCase() : "";
}

/** Why a file need not be sent at all, or null when the server shall see it. */
export function refusal(file: File, formats: Formats | undefined): string | null {
  if (!formats) return null;
  if (file.size === 0) return "The file is empty. Check that you chose the right one.";
  if (file.size > formats.max_upload_bytes) {
    return `Files may have up to ${formatSize(formats.max_upload_bytes)} here; this one has ${formatSize(file.size)}. Split it and add the parts.`;
  }
  const suffix = suffixOf(file.name);
  const isKnown = formats.formats.some(({ suffixes }) => suffixes.includes(suffix));
  // Without a suffix only the content tells what it is.
  if (suffix === "" || isKnown) return null;
  return `Files that end in ${suffix} can't be read. Save it as PDF, Word or text and add that.`;
}

/** "PDF, Word, Excel, PowerPoint and 20 more". */
export function formatsInShort({ formats }: Formats): string {
  // The old formats of Office say the same again.
  const labels = formats.map(({ label }) => label).filter((label) => !/\d/.test(label));
  const named = labels.slice(0, NAMED);
  const more = formats.length - named.length;
  return more > 0 ? `${named.join(", ")} and ${more} more` : named.join(", ");
}

/** What happens to scans and pictures, in one sentence. */
export function ocrInWords({ ocr }: Formats): string {
  if (!ocr.available) return ocr.advice ?? "Scans and pictures can't be read here.";
  const names = new Intl.DisplayNames("en", { type: "language" });
  const languages = ocr.languages
    .filter((code) => code !== "osd" && code !== "equ")
    .map((code) => nameOf(names, code));
  const of = languages.length > 0 ? ` (${languages.join(", ")})` : "";
  return `Scans and pictures are read too${of}.`;
}

function nameOf(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code.split("_")[0] ?? code) ?? code;
  } catch {
    return code;
  }
}
