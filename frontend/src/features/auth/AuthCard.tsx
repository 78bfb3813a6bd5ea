import { Paper, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Logo } from "@/components/Logo";
import classes from "./AuthCard.module.css";

export function AuthCard({
  title,
  lead,
  children,
}: {
  title: string;
  lead?: string;
  children: ReactNode;
}) {
  return (
    <main className={classes.page}>
      <Paper className={classes.card} component="section" aria-labelledby="auth-title">
        <Stack gap={6} mb="lg">
          <Logo size={40} />
          <Title order={1} id="auth-title" mt="sm">
            {title}
          </Title>
          {lead && <Text c="dimmed">{lead}</Text>}
        </Stack>
        {children}
      </Paper>
    </main>
  );
}
