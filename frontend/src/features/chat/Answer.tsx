import { memo, type ReactNode, useMemo } from "react";
import Markdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import type { Citation } from "@/api/types";
import classes from "./Answer.module.css";
import { CitationChip } from "./CitationChip";
import { CodeBlock } from "./CodeBlock";
import { remarkCitations, sourceNumber } from "./citations";

interface Props {
  content: string;
  citations: Citation[];
  isStreaming?: boolean;
  openNumber?: number | null;
  onOpenSource: (number: number) => void;
}

/**
 * A model's markdown. Its HTML is never run, and images become links: a picture's address could
 * carry what was read in a document to somebody else's server.
 */
export const Answer = memo(function Answer(props: Props) {
  const { content, citations, isStreaming = false, openNumber = null, onOpenSource } = props;
  const plugins = useMemo(() => {
    const numbers = new Set(citations.map((citation) => citation.number));
    // While it is written a marker may come before its source; it keeps its place.
    return [remarkGfm, remarkCitations((number) => isStreaming || numbers.has(number))];
  }, [citations, isStreaming]);
  const components = useMemo<Components>(
    () => ({
      a: ({ href, children }) => {
        const number = sourceNumber(href);
        if (number === null) return <OutsideLink href={href}>{children}</OutsideLink>;
        const citation = citations.find((known) => known.number === number);
        return (
          <CitationChip
            number={number}
            citation={citation}
            isOpen={openNumber === number}
            onOpen={onOpenSource}
          />
        );
      },
      img: ({ src, alt }) => (
        <OutsideLink href={typeof src === "string" ? src : undefined}>{alt || "image"}</OutsideLink>
      ),
      pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
      table: ({ children }) => (
        <div className={classes.tableScroll}>
          <table>{children}</table>
        </div>
      ),
    }),
    [citations, openNumber, onOpenSource],
  );
  return (
    <div className={classes.answer} data-streaming={isStreaming || undefined}>
      <Markdown remarkPlugins={plugins} components={components}>
        {content}
      </Markdown>
    </div>
  );
});

function OutsideLink({ href, children }: { href?: string; children?: ReactNode }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}
