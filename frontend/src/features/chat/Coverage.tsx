import { IconFileText, IconFileUnknown } from "@tabler/icons-react";
import type { Citation, Message } from "@/api/types";
import { plural } from "@/lib/format";
import classes from "./Message.module.css";

const WORDS = { full: "well covered", partial: "partly covered", none: "not covered" } as const;

interface Props {
  citations: Citation[];
  coverage: Message["coverage"];
  onOpen: (number: number) => void;
}

/** One quiet line: how much of the answer the documents carry. */
export function Coverage({ citations, coverage, onOpen }: Props) {
  const first = citations[0];
  if (first) {
    const words = coverage ? ` · ${WORDS[coverage]}` : "";
    return (
      <button type="button" className={classes.coverage} onClick={() => onOpen(first.number)}>
        <IconFileText size={15} stroke={1.7} aria-hidden />
        {plural(citations.length, "source")}
        {words}
      </button>
    );
  }
  if (coverage !== "none" && coverage !== "partial") return null;
  return (
    <span className={classes.coverage} data-tone="none">
      <IconFileUnknown size={15} stroke={1.7} aria-hidden />
      {coverage === "none"
        ? "Your documents don't cover this"
        : "Your documents cover a part of this"}
    </span>
  );
}
