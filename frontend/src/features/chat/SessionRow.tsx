import { ActionIcon, Menu, Text, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import {
  IconDots,
  IconPencil,
  IconPin,
  IconPinFilled,
  IconPinnedOff,
  IconTrash,
} from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { deleteSession, sessionQuery, updateSession } from "@/api/sessions";
import type { Session } from "@/api/types";
import { notifyDone, notifyError } from "@/components/notify";
import classes from "./SessionList.module.css";

interface Props {
  session: Session;
  isCurrent: boolean;
  onDeleted: () => void;
}

export function SessionRow({ session, isCurrent, onDeleted }: Props) {
  const [renaming, setRenaming] = useState(false);
  const queries = useQueryClient();
  const title = session.title || "New conversation";
  const refresh = () =>
    queries.invalidateQueries({ queryKey: ["agent", session.agent_id, "sessions"] });
  const change = useMutation({
    mutationFn: (to: { title?: string; pinned?: boolean }) => updateSession(session.id, to),
    onSuccess: refresh,
    onError: (error) => notifyError(error, "The conversation was not changed"),
  });
  const remove = useMutation({
    mutationFn: () => deleteSession(session.id),
    onSuccess: () => {
      onDeleted();
      queries.removeQueries({ queryKey: sessionQuery(session.id).queryKey });
      notifyDone("Conversation deleted");
      return refresh();
    },
    onError: (error) => notifyError(error, "The conversation was not deleted"),
  });

  function confirmDelete() {
    modals.openConfirmModal({
      title: "Delete this conversation?",
      children: <Text>“{title}” and its answers are deleted for good.</Text>,
      labels: { confirm: "Delete", cancel: "Keep it" },
      confirmProps: { color: "red" },
      onConfirm: () => remove.mutate(),
    });
  }

  if (renaming) {
    return (
      <li>
        <RenameField
          title={session.title}
          onDone={(next) => {
            setRenaming(false);
            if (next && next !== session.title) change.mutate({ title: next });
          }}
        />
      </li>
    );
  }
  return (
    <li className={classes.row} data-current={isCurrent || undefined}>
      <Link
        to="/agents/$agentId/chat/{-$sessionId}"
        params={{ agentId: session.agent_id, sessionId: session.id }}
        className={classes.link}
        title={title}
        activeOptions={{ includeSearch: false }}
      >
        {session.pinned && <IconPinFilled size={12} className={classes.pin} aria-label="Pinned" />}
        <span className={classes.title}>{title}</span>
      </Link>
      <Menu position="bottom-end" width={160}>
        <Menu.Target>
          <ActionIcon size={26} className={classes.more} aria-label={`Actions for ${title}`}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={15} />} onClick={() => setRenaming(true)}>
            Rename
          </Menu.Item>
          <Menu.Item
            leftSection={session.pinned ? <IconPinnedOff size={15} /> : <IconPin size={15} />}
            onClick={() => change.mutate({ pinned: !session.pinned })}
          >
            {session.pinned ? "Unpin" : "Pin"}
          </Menu.Item>
          <Menu.Item leftSection={<IconTrash size={15} />} color="red" onClick={confirmDelete}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}

function RenameField({ title, onDone }: { title: string; onDone: (title: string | null) => void }) {
  const [text, setText] = useState(title);
  return (
    <TextInput
      autoFocus
      size="sm"
      value={text}
      maxLength={200}
      aria-label="Name of the conversation"
      onChange={(event) => setText(event.currentTarget.value)}
      onFocus={(event) => event.currentTarget.select()}
      onBlur={() => onDone(text.trim())}
      onKeyDown={(event) => {
        if (event.key === "Enter") onDone(text.trim());
        if (event.key === "Escape") onDone(null);
      }}
    />
  );
}
