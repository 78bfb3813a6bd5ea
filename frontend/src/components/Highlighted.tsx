import { useMemo } from "react";
import { highlight } from "@/lib/highlight";
import classes from "./Highlighted.module.css";

/** A text in which the words of the queries stand out. */
export function Highlighted({ text, queries }: { text: string; queries: readonly string[] }) {
  const asked = queries.join("\n");
  const pieces = useMemo(() => highlight(text, asked.split("\n")), [text, asked]);
  return pieces.map((piece, index) =>
    piece.hit ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text never move
      <mark key={index} className={classes.hit}>
        {piece.text}
      </mark>
    ) : (
      piece.text
    ),
  );
}
