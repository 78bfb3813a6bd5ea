import { Button, Group, Loader, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useDeferredValue } from "react";
import { Answer } from "./Answer";
import classes from "./Message.module.css";
import type { Turn } from "./turn";

interface Props {
  turn: Turn;
  openNumber: number | null;
  onOpenSource: (number: number) => void;
  onReconnect: () => void;
  onRetry: () => void;
}

/** The answer while it is written, or what became of it. */
export function LiveAnswer({ turn, openNumber, onOpenSource, onReconnect, onRetry }: Props) {
  // A long answer is parsed at the pace of the screen, not of the network.
  const content = useDeferredValue(turn.content);
  const isWriting = turn.phase === "sending" || turn.phase === "streaming";
  return (
    <article className={classes.row} aria-label="Answer" aria-busy={isWriting} data-last>
      {content ? (
        <Answer
          content={content}
          citations={turn.citations}
          isStreaming={isWriting}
          openNumber={openNumber}
          onOpenSource={onOpenSource}
        />
      ) : (
        isWriting && <Thinking />
      )}
      {turn.phase === "reconnecting" && <Reconnecting />}
      {turn.phase === "lost" && (
        <div className={classes.notice}>
          <Text size="sm">The connection is lost. The answer goes on without you and is kept.</Text>
          <Button size="compact-sm" variant="default" onClick={onReconnect}>
            Reconnect
          </Button>
        </div>
      )}
      {turn.phase === "failed" && !turn.final && (
        <div className={classes.failure} role="alert">
          <IconAlertTriangle size={18} stroke={1.7} aria-hidden />
          <div>
            <Text size="sm">{turn.error?.message ?? "The answer could not be finished."}</Text>
            <Text size="sm" c="dimmed">
              Your message is kept here.
            </Text>
            <Button size="compact-sm" variant="default" mt={8} onClick={onRetry}>
              Try again
            </Button>
          </div>
        </div>
      )}
    </article>
  );
}

function Thinking() {
  return (
    <div className={classes.thinking}>
      <span className="visually-hidden">The answer is being prepared</span>
      <span aria-hidden />
      <span aria-hidden />
      <span aria-hidden />
    </div>
  );
}

function Reconnecting() {
  return (
    <Group gap={8} className={classes.notice} role="status">
      <Loader size={12} color="gray" aria-hidden />
      <Text size="sm">Reconnecting…</Text>
    </Group>
  );
}
