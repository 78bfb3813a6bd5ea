import { ActionIcon, Textarea, Tooltip } from "@mantine/core";
import { IconArrowUp, IconPlayerStopFilled } from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import classes from "./Composer.module.css";
import { useDraft } from "./drafts";

interface Props {
  draftKey: string;
  agentName: string;
  isRunning: boolean;
  isSending: boolean;
  /** What limits the question to some documents, where there are any. */
  filter?: ReactNode;
  onSend: (text: string) => void;
  onStop: () => void;
}

/** Enter sends, Shift+Enter makes a line; what is written stays until it is sent. */
export function Composer(props: Props) {
  const { draftKey, agentName, isRunning, isSending, filter, onSend, onStop } = props;
  const [text, setText] = useDraft(draftKey);
  const field = useRef<HTMLTextAreaElement>(null);
  const canSend = text.trim() !== "" && !isRunning && !isSending;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation takes the focus anew
  useEffect(() => {
    // On a phone the keyboard would cover what is to be read first.
    if (window.matchMedia("(hover: hover)").matches) field.current?.focus();
  }, [draftKey]);

  function submit() {
    if (!canSend) return;
    setText("");
    onSend(text.trim());
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  }

  return (
    <form
      className={classes.composer}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className={classes.box}>
        <Textarea
          ref={field}
          variant="unstyled"
          autosize
          minRows={1}
          maxRows={9}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          placeholder={`Ask ${agentName}`}
          aria-label={`Message to ${agentName}`}
          className={classes.field}
          enterKeyHint="send"
        />
        {isRunning ? (
          <Tooltip label="Stop">
            <ActionIcon
              variant="filled"
              color="dark"
              radius="xl"
              size={34}
              onClick={onStop}
              aria-label="Stop the answer"
            >
              <IconPlayerStopFilled size={16} />
            </ActionIcon>
          </Tooltip>
        ) : (
          <Tooltip label="Send">
            <ActionIcon
              type="submit"
              variant="filled"
              color="indigo"
              radius="xl"
              size={34}
              disabled={!canSend}
              loading={isSending}
              aria-label="Send"
            >
              <IconArrowUp size={19} stroke={2.2} />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      {filter && <div className={classes.filter}>{filter}</div>}
    </form>
  );
}
