import { Button, CopyButton, Group, Paper, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconPlugConnectedX } from "@tabler/icons-react";
import { asApiError } from "@/lib/problem";
import classes from "./ErrorNotice.module.css";

interface Props {
  error: unknown;
  /** What is not lost, in one short sentence. */
  safe?: string;
  onRetry?: () => void;
  retrying?: boolean;
}

/** What happened, what is safe, what to do; with the request id to hand to whoever runs this. */
export function ErrorNotice({ error, safe, onRetry, retrying }: Props) {
  const { problem } = asApiError(error);
  const Icon = problem.status === 0 ? IconPlugConnectedX : IconAlertTriangle;
  return (
    <Paper role="alert" className={classes.notice} p="md">
      <Group align="flex-start" wrap="nowrap" gap="sm">
        <Icon size={20} stroke={1.6} className={classes.icon} aria-hidden />
        <Stack gap={4} flex={1} miw={0}>
          <Text fw={600}>{problem.title}</Text>
          {problem.detail && problem.detail !== problem.title && (
            <Text size="sm" className={classes.detail}>
              {problem.detail}
            </Text>
          )}
          {safe && (
            <Text size="sm" c="dimmed">
              {safe}
            </Text>
          )}
          <Group gap="xs" mt={4}>
            {onRetry && (
              <Button size="xs" variant="default" onClick={onRetry} loading={retrying}>
                Try again
              </Button>
            )}
            {problem.request_id && <RequestId id={problem.request_id} />}
          </Group>
        </Stack>
      </Group>
    </Paper>
  );
}

function RequestId({ id }: { id: string }) {
  return (
    <CopyButton value={id}>
      {({ copied, copy }) => (
        <Button size="xs" variant="subtle" color="gray" onClick={copy} title={id}>
          {copied ? "Copied" : `Copy request id ${id.slice(0, 8)}…`}
        </Button>
      )}
    </CopyButton>
  );
}
