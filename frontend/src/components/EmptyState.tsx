import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./EmptyState.module.css";

interface Props {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}

/** A place where nothing is yet: what it is for, and the one thing to do. */
export function EmptyState({ icon, title, children, action }: Props) {
  return (
    <Stack align="center" className={classes.empty} gap="xs">
      <div className={classes.icon} aria-hidden>
        {icon}
      </div>
      <Title order={2} size="h3">
        {title}
      </Title>
      <Text c="dimmed" ta="center" maw={420} className={classes.text}>
        {children}
      </Text>
      {action && <div className={classes.action}>{action}</div>}
    </Stack>
  );
}
