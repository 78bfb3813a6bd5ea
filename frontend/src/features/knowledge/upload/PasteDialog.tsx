import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import classes from "./Upload.module.css";

interface Props {
  text: string | null;
  onClose: () => void;
  onAdd: (file: File) => void;
}

const LONGEST_TITLE = 60;

function titleOf(text: string): string {
  const first = text.split("\n").find((line) => line.trim()) ?? "";
  return first
    .replace(/^#+\s*/, "")
    .trim()
    .slice(0, LONGEST_TITLE)
    .trim();
}

/** Pasted text becomes a document once it has a name. */
export function PasteDialog({ text, onClose, onAdd }: Props) {
  return (
    <Modal opened={text !== null} onClose={onClose} title="Add what you pasted?">
      {text !== null && <PasteForm key={text} text={text} onClose={onClose} onAdd={onAdd} />}
    </Modal>
  );
}

function PasteForm({ text, onClose, onAdd }: Props & { text: string }) {
  const [title, setTitle] = useState(titleOf(text));
  const name = title.trim().replace(/[\\/]/g, "-");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name) onAdd(new File([text], `${name}.md`, { type: "text/markdown" }));
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Name of the document"
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
          maxLength={120}
          data-autofocus
        />
        <Text component="pre" className={classes.pasted}>
          {text.slice(0, 600)}
          {text.length > 600 && "…"}
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={!name}>
            Add as a document
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
