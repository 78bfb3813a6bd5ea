import { ActionIcon, Button, CopyButton, Group, Text, Tooltip } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCheck,
  IconChevronLeft,
  IconChevronRight,
  IconCopy,
  IconListSearch,
  IconRefresh,
} from "@tabler/icons-react";
import type { Message } from "@/api/types";
import { Answer } from "./Answer";
import { Coverage } from "./Coverage";
import { Feedback } from "./Feedback";
import classes from "./Message.module.css";
import { Receipt } from "./Receipt";

interface Props {
  message: Message;
  siblings: string[];
  isLast: boolean;
  isBusy: boolean;
  openNumber: number | null;
  onOpenSource: (message: Message, number: number) => void;
  onOpenFound: () => void;
  onRegenerate: (message: Message) => void;
  onChoose: (message: Message, id: string) => void;
}

/** A finished answer with what can be done about it. */
export function AnswerRow(props: Props) {
  const { message, siblings, isLast, isBusy, openNumber } = props;
  const { onOpenSource, onOpenFound, onRegenerate, onChoose } = props;
  const hasText = message.content !== "";
  return (
    <article className={classes.row} data-last={isLast || undefined} aria-label="Answer">
      {hasText && (
        <Answer
          content={message.content}
          citations={message.citations}
          openNumber={openNumber}
          onOpenSource={(number) => onOpenSource(message, number)}
        />
      )}
      {message.status === "stopped" && (
        <Text size="sm" c="dimmed" mt={4}>
          You stopped this answer.
        </Text>
      )}
      {message.status === "failed" && (
        <FailedAnswer message={message} isBusy={isBusy} onRetry={() => onRegenerate(message)} />
      )}
      <Group gap={4} className={classes.meta}>
        <Coverage
          citations={message.citations}
          coverage={message.coverage}
          onOpen={(number) => onOpenSource(message, number)}
        />
        <Group gap={0} className={classes.actions}>
          {siblings.length > 1 && (
            <Branches message={message} siblings={siblings} onChoose={onChoose} />
          )}
          {hasText && <CopyAnswer text={message.content} />}
          <Tooltip label="Answer again">
            <ActionIcon
              size={28}
              aria-label="Answer again"
              disabled={isBusy}
              onClick={() => onRegenerate(message)}
            >
              <IconRefresh size={16} stroke={1.7} />
            </ActionIcon>
          </Tooltip>
          {hasText && <Feedback message={message} />}
          {message.steps.length > 0 && (
            <Tooltip label="How I found this">
              <ActionIcon size={28} aria-label="How I found this" onClick={onOpenFound}>
                <IconListSearch size={16} stroke={1.7} />
              </ActionIcon>
            </Tooltip>
          )}
          <Receipt message={message} />
        </Group>
      </Group>
    </article>
  );
}

function FailedAnswer({
  message,
  isBusy,
  onRetry,
}: {
  message: Message;
  isBusy: boolean;
  onRetry: () => void;
}) {
  return (
    <div className={classes.failure} role="alert">
      <IconAlertTriangle size={18} stroke={1.7} aria-hidden />
      <div>
        <Text size="sm">{message.error?.message ?? "The answer could not be finished."}</Text>
        <Button size="compact-sm" variant="default" mt={8} disabled={isBusy} onClick={onRetry}>
          Try again
        </Button>
      </div>
    </div>
  );
}

function CopyAnswer({ text }: { text: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? "Copied" : "Copy"}>
          <ActionIcon size={28} aria-label={copied ? "Copied" : "Copy the answer"} onClick={copy}>
            {copied ? <IconCheck size={16} stroke={1.7} /> : <IconCopy size={16} stroke={1.7} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

function Branches({
  message,
  siblings,
  onChoose,
}: Pick<Props, "message" | "siblings" | "onChoose">) {
  const at = siblings.indexOf(message.id);
  const go = (step: number) => {
    const id = siblings[at + step];
    if (id) onChoose(message, id);
  };
  return (
    <Group gap={0} role="group" aria-label="Other answers" wrap="nowrap">
      <ActionIcon size={28} aria-label="Earlier answer" disabled={at <= 0} onClick={() => go(-1)}>
        <IconChevronLeft size={16} stroke={1.7} />
      </ActionIcon>
      <Text size="xs" c="dimmed" className="tabular">
        {at + 1}/{siblings.length}
      </Text>
      <ActionIcon
        size={28}
        aria-label="Later answer"
        disabled={at >= siblings.length - 1}
        onClick={() => go(1)}
      >
        <IconChevronRight size={16} stroke={1.7} />
      </ActionIcon>
    </Group>
  );
}
