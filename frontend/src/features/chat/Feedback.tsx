import { ActionIcon, Button, Group, Popover, Textarea, Tooltip } from "@mantine/core";
import {
  IconThumbDown,
  IconThumbDownFilled,
  IconThumbUp,
  IconThumbUpFilled,
} from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { giveFeedback, sessionQuery } from "@/api/sessions";
import type { Message } from "@/api/types";
import { notifyError } from "@/components/notify";

type Rating = "up" | "down";

/** Thumbs; after a click, a place for a word about why. */
export function Feedback({ message }: { message: Message }) {
  const queries = useQueryClient();
  const given = message.feedback?.rating ?? null;
  const [asking, setAsking] = useState<Rating | null>(null);
  const [text, setText] = useState(message.feedback?.text ?? "");
  const save = useMutation({
    mutationFn: ({ rating, words }: { rating: Rating | null; words: string }) =>
      giveFeedback(message.id, rating, words),
    onSuccess: () =>
      queries.invalidateQueries({ queryKey: sessionQuery(message.session_id).queryKey }),
    onError: (error) => notifyError(error, "Your rating was not saved"),
  });

  function rate(rating: Rating) {
    const next = given === rating ? null : rating;
    setAsking(next);
    save.mutate({ rating: next, words: next ? text : "" });
  }

  return (
    <Popover
      opened={asking !== null}
      onChange={(open) => !open && setAsking(null)}
      width={300}
      position="top"
      trapFocus
    >
      <Popover.Target>
        <Group gap={0}>
          <Thumb rating="up" given={given} onRate={rate} />
          <Thumb rating="down" given={given} onRate={rate} />
        </Group>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (asking) save.mutate({ rating: asking, words: text.trim() });
            setAsking(null);
          }}
        >
          <Textarea
            label={asking === "up" ? "What was good?" : "What should be better?"}
            description="Only if you like."
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autosize
            minRows={2}
            maxRows={6}
            data-autofocus
          />
          <Group justify="flex-end" gap="xs" mt="sm">
            <Button size="xs" variant="default" onClick={() => setAsking(null)}>
              Close
            </Button>
            <Button size="xs" type="submit" disabled={!text.trim()}>
              Send
            </Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}

const LABELS = { up: "Good answer", down: "Poor answer" };
const ICONS = {
  up: [IconThumbUp, IconThumbUpFilled],
  down: [IconThumbDown, IconThumbDownFilled],
} as const;

function Thumb({
  rating,
  given,
  onRate,
}: {
  rating: Rating;
  given: Rating | null;
  onRate: (r: Rating) => void;
}) {
  const [Outline, Filled] = ICONS[rating];
  const Icon = given === rating ? Filled : Outline;
  return (
    <Tooltip label={LABELS[rating]}>
      <ActionIcon
        size={28}
        aria-label={LABELS[rating]}
        aria-pressed={given === rating}
        onClick={() => onRate(rating)}
      >
        <Icon size={16} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}
