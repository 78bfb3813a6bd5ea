import { Button, Skeleton, Stack } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { sessionQuery } from "@/api/sessions";
import type { Filter, Message } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { notifyError } from "@/components/notify";
import { filterInWords } from "@/lib/filter";
import { AnswerRow } from "./AnswerRow";
import classes from "./Conversation.module.css";
import type { SourceRef } from "./citations";
import { keptFilter } from "./filters";
import { LiveAnswer } from "./LiveAnswer";
import messageClasses from "./Message.module.css";
import { type Choices, choose, threadOf } from "./thread";
import { isRunning, type Turn } from "./turn";
import { useFollowTail } from "./useFollowTail";
import { useTurn, useTurns } from "./useTurns";

interface Props {
  sessionId: string;
  source: SourceRef | null;
  onOpenSource: (source: SourceRef) => void;
  onOpenFound: (messageId: string) => void;
}

/** What is shown as stored: the running answer and the one it replaces are shown live instead. */
function storedPart(messages: Message[], turn: Turn | undefined): Message[] {
  if (!turn) return messages;
  const replaced = messages.find((message) => message.id === turn.replaces);
  return messages.filter(
    (message) =>
      message.id !== turn.messageId &&
      (!replaced ||
        (message.id !== replaced.id && message.parent_id !== replaced.parent_id) ||
        message.role === "user"),
  );
}

export function Conversation({ sessionId, source, onOpenSource, onOpenFound }: Props) {
  const detail = useQuery(sessionQuery(sessionId));
  const turns = useTurns();
  const turn = useTurn(sessionId);
  const tail = useFollowTail();
  const [choices, setChoices] = useState<Choices>({});
  const messages = detail.data?.messages;
  const thread = useMemo(
    () => threadOf(storedPart(messages ?? [], turn), choices),
    [messages, turn, choices],
  );
  const running = detail.data?.running;
  const isBusy = isRunning(turn);

  useEffect(() => {
    if (!running) return;
    const stored = messages?.find((message) => message.id === running);
    void turns.resume(sessionId, running, stored);
  }, [running, messages, sessionId, turns]);

  // A question just sent is what its writer wants to see.
  const isSending = turn?.phase === "sending";
  useEffect(() => {
    if (!isSending) return;
    tail.jump();
    // A conversation goes on from its newest answer: that one is shown again.
    setChoices({});
  }, [isSending, tail.jump]);

  async function retry(failed: Turn) {
    // The failure may have come after the server took the message: it is asked first.
    const { data } = await detail.refetch();
    if (data?.running) return turns.resume(sessionId, data.running);
    const last = data?.messages.at(-1);
    if (failed.replaces) return turns.regenerate(sessionId, failed.replaces);
    if (
      failed.sent === null ||
      (last?.role === "assistant" && isReplyTo(data?.messages, failed.sent))
    ) {
      return turns.dismiss(sessionId);
    }
    return turns.ask(sessionId, failed.sent, keptFilter(sessionId));
  }

  const regenerate = (message: Message) => {
    void turns.regenerate(sessionId, message.id);
  };
  const openNumber = (id: string | null) =>
    source && source.messageId === id ? source.number : null;
  const pendingQuestion = turn && !thread.some((step) => step.message.id === turn.userMessage?.id);

  return (
    <div className={classes.area}>
      <div
        className={classes.scroll}
        ref={tail.scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Conversation"
      >
        <div className={classes.column} ref={tail.content}>
          {detail.isPending && <ConversationSkeleton />}
          {detail.error && <ErrorNotice error={detail.error} onRetry={() => detail.refetch()} />}
          {thread.map(({ message, siblings }, index) =>
            message.role === "user" ? (
              <Question key={message.id} text={message.content} filter={message.filter} />
            ) : (
              <AnswerRow
                key={message.id}
                message={message}
                siblings={siblings}
                isLast={!turn && index === thread.length - 1}
                isBusy={isBusy}
                openNumber={openNumber(message.id)}
                onOpenSource={(from, number) => onOpenSource({ messageId: from.id, number })}
                onOpenFound={() => onOpenFound(message.id)}
                onRegenerate={regenerate}
                onChoose={(from, id) => setChoices((old) => choose(old, from, id))}
              />
            ),
          )}
          {pendingQuestion && (turn.userMessage || turn.sent) && (
            <Question
              text={turn.userMessage?.content ?? turn.sent ?? ""}
              isUnsent={turn.phase === "failed" && !turn.userMessage}
            />
          )}
          {turn && (
            <LiveAnswer
              turn={turn}
              openNumber={openNumber(turn.messageId)}
              onOpenSource={(number) =>
                turn.messageId && onOpenSource({ messageId: turn.messageId, number })
              }
              onReconnect={() => turn.messageId && turns.resume(sessionId, turn.messageId)}
              onRetry={() => retry(turn).catch((error: unknown) => notifyError(error))}
            />
          )}
        </div>
      </div>
      {!tail.isFollowing && (
        <Button
          className={classes.jump}
          size="compact-md"
          radius="xl"
          variant="default"
          leftSection={<IconArrowDown size={15} aria-hidden />}
          onClick={tail.jump}
        >
          Jump to latest
        </Button>
      )}
      <Announcer turn={turn} />
    </div>
  );
}

function isReplyTo(messages: Message[] | undefined, text: string): boolean {
  const question = messages?.findLast((message) => message.role === "user");
  return question?.content.trim() === text.trim();
}

interface QuestionProps {
  text: string;
  filter?: Filter | null;
  isUnsent?: boolean;
}

function Question({ text, filter, isUnsent = false }: QuestionProps) {
  const limited = filter && filterInWords(filter);
  return (
    <article className={messageClasses.question} aria-label="Your message">
      <div className={messageClasses.bubble} data-unsent={isUnsent || undefined}>
        {text}
      </div>
      {limited && <p className={messageClasses.limited}>{limited}</p>}
    </article>
  );
}

/** Tells who listens rather than looks that the answer is there, once, and what it says. */
function Announcer({ turn }: { turn: Turn | undefined }) {
  const [wasRunning, setWasRunning] = useState(false);
  const [words, setWords] = useState("");
  const running = isRunning(turn);
  if (running !== wasRunning) {
    setWasRunning(running);
    setWords(running ? "The answer is being written." : outcome(turn));
  }
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {words}
    </div>
  );
}

function outcome(turn: Turn | undefined): string {
  if (turn?.phase === "failed") return "The answer failed.";
  const text = turn?.final?.content ?? turn?.content;
  return text ? `The answer: ${text}` : "The answer ended.";
}

function ConversationSkeleton() {
  return (
    <Stack gap="md" aria-busy="true" aria-label="Loading the conversation">
      <Skeleton h={38} w="45%" radius="lg" style={{ alignSelf: "flex-end" }} />
      <Skeleton h={13} w="92%" />
      <Skeleton h={13} w="85%" />
      <Skeleton h={13} w="60%" />
    </Stack>
  );
}
