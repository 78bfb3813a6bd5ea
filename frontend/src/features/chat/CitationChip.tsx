import { Tooltip } from "@mantine/core";
import type { Citation } from "@/api/types";
import classes from "./Answer.module.css";

interface Props {
  number: number;
  citation?: Citation;
  isOpen: boolean;
  onOpen: (number: number) => void;
}

function placeOf(citation: Citation): string {
  return citation.page === null
    ? citation.file_name
    : `${citation.file_name}, page ${citation.page}`;
}

export function CitationChip({ number, citation, isOpen, onOpen }: Props) {
  return (
    <Tooltip label={citation ? placeOf(citation) : "Source"} disabled={!citation} openDelay={200}>
      <button
        type="button"
        className={classes.chip}
        disabled={!citation}
        aria-expanded={isOpen}
        aria-label={citation ? `Source ${number}: ${placeOf(citation)}` : `Source ${number}`}
        onClick={() => onOpen(number)}
      >
        {number}
      </button>
    </Tooltip>
  );
}
