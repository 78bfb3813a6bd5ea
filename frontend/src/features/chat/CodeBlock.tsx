import { Button, CopyButton } from "@mantine/core";
import { isValidElement, type ReactNode } from "react";
import classes from "./Answer.module.css";

interface CodeProps {
  className?: string;
  children?: ReactNode;
}

/** A block of code with its language and a button that copies it. */
export function CodeBlock({ children }: { children?: ReactNode }) {
  const code = isValidElement<CodeProps>(children) ? children.props : {};
  const language = /language-([\w+#-]+)/.exec(code.className ?? "")?.[1] ?? "";
  const text = String(code.children ?? "").replace(/\n$/, "");
  return (
    <div className={classes.code}>
      <div className={classes.codeHead}>
        <span>{language}</span>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="subtle" color="gray" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a block that scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>{children}</pre>
    </div>
  );
}
