import { Group, Stack, Text, Title } from "@mantine/core";
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
        <Group justify="space-between" align="flex-start" gap="md" mb="lg">
          <Stack gap={2} miw={0}>
            <Title order={1}>{title}</Title>
            {lead && <Text c="dimmed">{lead}</Text>}
          </Stack>
          {action}
        </Group>
        {children}
      </div>
    </div>
  );
}
