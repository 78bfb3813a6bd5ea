import type { Filter } from "@/api/types";
import { plural } from "@/lib/format";

/** The filter without what filters nothing. */
export function activeFilter(filter: Filter): Filter {
  return {
    ...(filter.tags?.length ? { tags: filter.tags } : {}),
    ...(filter.files?.length ? { files: filter.files } : {}),
    ...(filter.added_from ? { added_from: filter.added_from } : {}),
    ...(filter.added_before ? { added_before: filter.added_before } : {}),
  };
}

export function isFiltered(filter: Filter): boolean {
  return Object.keys(activeFilter(filter)).length > 0;
}

/** "2 tags, 1 document", or null when nothing is filtered. */
export function filterInWords(filter: Filter): string | null {
  const { tags, files, added_from, added_before } = activeFilter(filter);
  const parts = [
    tags && (tags.length === 1 ? `tag ${tags[0]}` : plural(tags.length, "tag")),
    files && plural(files.length, "document"),
    (added_from || added_before) && "by date",
  ].filter(Boolean);
  return parts.length > 0 ? `Only ${parts.join(", ")}` : null;
}

const texts = (value: unknown): string[] | undefined =>
  Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
const time = (value: unknown): string | undefined =>
  typeof value === "string" && !Number.isNaN(Date.parse(value)) ? value : undefined;

/** A filter from an address or from what the browser kept: whatever is not one is left out. */
export function readFilter(value: unknown): Filter {
  if (typeof value !== "object" || value === null) return {};
  const { tags, files, added_from, added_before } = value as Record<string, unknown>;
  return activeFilter({
    tags: texts(tags),
    files: texts(files),
    added_from: time(added_from),
    added_before: time(added_before),
  });
}
