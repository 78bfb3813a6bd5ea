import { Button, Group, Text } from "@mantine/core";
import { IconPlayerStop, IconRefresh, IconTag, IconTrash, IconX } from "@tabler/icons-react";
import { useState } from "react";
import type { KnowledgeFile } from "@/api/types";
import { formatCount } from "@/lib/format";
import { isProcessing } from "../fileNews";
import classes from "./Documents.module.css";
import { TagEditor } from "./TagEditor";
import type { FileActions } from "./useFileActions";

interface Props {
  agentId: string;
  selected: KnowledgeFile[];
  /** How many the filters let through, to choose them all. */
  total: number;
  onAll: () => void;
  onNone: () => void;
  actions: FileActions;
}

/** What can be done with the documents that are chosen. */
export function BulkBar({ agentId, selected, total, onAll, onNone, actions }: Props) {
  const [isTagging, setTagging] = useState(false);
  const failed = selected.filter((file) => file.status === "failed");
  const going = selected.filter(isProcessing);
  return (
    <section className={classes.bulk} aria-label="Chosen documents">
      <Text size="sm" fw={500} role="status">
        {formatCount(selected.length)} chosen
      </Text>
      {selected.length < total && (
        <Button size="compact-sm" variant="subtle" onClick={onAll}>
          Choose all {formatCount(total)}
        </Button>
      )}
      <Group gap={6} ml="auto">
        <TagEditor
          agentId={agentId}
          tags={[]}
          title="Tags to add"
          action="Add tags"
          isOpen={isTagging}
          onClose={() => setTagging(false)}
          onSave={(tags) => tags.length > 0 && actions.addTags(selected, tags)}
        >
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconTag size={14} aria-hidden />}
            onClick={() => setTagging(true)}
          >
            Add tags
          </Button>
        </TagEditor>
        {failed.length > 0 && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconRefresh size={14} aria-hidden />}
            onClick={() => actions.retry(failed)}
          >
            Try {formatCount(failed.length)} again
          </Button>
        )}
        {going.length > 0 && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlayerStop size={14} aria-hidden />}
            onClick={() => actions.cancel(going)}
          >
            Stop {formatCount(going.length)}
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="default"
          className={classes.bad}
          leftSection={<IconTrash size={14} aria-hidden />}
          onClick={() => actions.remove(selected)}
        >
          Remove
        </Button>
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          aria-label="Choose none"
          onClick={onNone}
        >
          <IconX size={15} aria-hidden />
        </Button>
      </Group>
    </section>
  );
}
