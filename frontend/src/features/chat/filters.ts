import { useMemo } from "react";
import type { Filter } from "@/api/types";
import { isFiltered, readFilter } from "@/lib/filter";
import { keep, kept, useKept } from "@/lib/storage";

const name = (key: string) => `filter.${key}`;

function parse(text: string): Filter {
  try {
    return readFilter(JSON.parse(text || "{}"));
  } catch {
    return {};
  }
}

export function keepFilter(key: string, filter: Filter): void {
  keep(name(key), isFiltered(filter) ? JSON.stringify(filter) : "");
}

export function keptFilter(key: string): Filter {
  return parse(kept(name(key)));
}

/** Which documents a conversation is about, remembered for it. */
export function useFilter(key: string): [Filter, (filter: Filter) => void] {
  const [text] = useKept(name(key));
  const filter = useMemo(() => parse(text), [text]);
  return [filter, (next) => keepFilter(key, next)];
}
