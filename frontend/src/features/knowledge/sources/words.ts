import type { Source } from "@/api/types";
import { formatCount, plural } from "@/lib/format";

export function isBusy(source: Source): boolean {
  return source.status === "queued" || source.status === "crawling";
}

/** An address as people say it: without its beginning and a slash that says nothing. */
export function shortAddress(url: string): string {
  return decoded(url.replace(/^https?:\/\//, "").replace(/\/$/, ""));
}

/** A page of a source, by what tells it from the others. */
export function pageOf(url: string, source: Source): string {
  const { origin } = new URL(source.url);
  return url.startsWith(`${origin}/`) ? decoded(url.slice(origin.length)) : shortAddress(url);
}

function decoded(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}

/** What is read of it, in words. */
export function extent({ kind, max_pages, max_depth }: Source): string {
  if (kind === "page") return "One page";
  const links = max_depth === 0 ? "without links" : `${plural(max_depth, "link")} deep`;
  return `Site, up to ${plural(max_pages, "page")}, ${links}`;
}

/** How far reading it is, in words. */
export function progressWords(source: Source): string {
  if (source.status === "queued") return "Waiting to be read";
  if (source.pages_found <= 1) return "Reading the first page";
  return `Reading: ${formatCount(source.pages_read)} read, ${formatCount(source.pages_found)} found`;
}

/** The share of what was found so far that is done, 0 to 1. */
export function shareDone(source: Source): number {
  const found = Math.min(source.pages_found, source.max_pages + source.skipped.length);
  if (found <= 1) return 0;
  return Math.min(1, (source.pages_read + source.skipped.length) / found);
}

/** What came of it, in words. */
export function resultWords({ pages_read, pages_unchanged }: Source): string {
  const pages = plural(pages_read, "page");
  if (pages_unchanged === 0) return pages;
  if (pages_unchanged === pages_read) return `${pages}, nothing changed`;
  return `${pages}, ${formatCount(pages_read - pages_unchanged)} new or changed`;
}
