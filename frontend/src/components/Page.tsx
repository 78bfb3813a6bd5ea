import { Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Page.module.css";

interface Props {
  title: string;
  lead?: ReactNode;
  action?: ReactNode;
  width?: "narrow" | "wide";
  children: ReactNode;
}

/** A page that scrolls as a whole: its title, one line about it, its one main action. */
export function Page({ title, lead, action, width = "wide", children }: Props) {
  return (
    <div className={classes.scroll}>
      <div className={classes.page} data-width={width}>
        <header className={classes.head}>
          <Title order={1}>{title}</Title>
          {action && <div className={classes.action}>{action}</div>}
          {lead && (
            <Text c="dimmed" className={classes.lead}>
              {lead}
            </Text>
          )}
        </header>
        {children}
      </div>
    </div>
  );
}
