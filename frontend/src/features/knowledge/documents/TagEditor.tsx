import { Button, Group, Popover, Stack, TagsInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { tagsQuery } from "@/api/files";

const MOST_TAGS = 20;
const LONGEST_TAG = 50;

interface Props {
  agentId: string;
  /** The tags to begin with. */
  tags: string[];
  title: string;
  action: string;
  onSave: (tags: string[]) => void;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** A small form for tags, at whatever opened it. */
export function TagEditor({ isOpen, onClose, children, ...form }: Props) {
  return (
    <Popover
      opened={isOpen}
      onChange={(open) => !open && onClose()}
      width={300}
      position="bottom-end"
      trapFocus
      returnFocus
      withRoles
    >
      <Popover.Target>{children}</Popover.Target>
      <Popover.Dropdown aria-label={form.title}>
        {isOpen && <TagForm {...form} onClose={onClose} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function TagForm({
  agentId,
  tags,
  title,
  action,
  onSave,
  onClose,
}: Omit<Props, "isOpen" | "children">) {
  const [value, setValue] = useState(tags);
  const known = useQuery(tagsQuery(agentId)).data ?? [];
  const [typed, setTyped] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSave(value);
        onClose();
      }}
    >
      <Stack gap="sm">
        <TagsInput
          label={title}
          description="Enter after each one."
          value={value}
          onChange={setValue}
          searchValue={typed}
          onSearchChange={setTyped}
          // Suggestions only while one is typed: they would lie over the buttons.
          data={typed ? known.map(({ tag }) => tag) : []}
          maxTags={MOST_TAGS}
          maxLength={LONGEST_TAG}
          comboboxProps={{ withinPortal: false }}
          data-autofocus
        />
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button size="xs" type="submit">
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
