import { Avatar, Badge, Button, Checkbox, Group, Text } from "@mantine/core";
import { IconArrowBackUp, IconGitCompare } from "@tabler/icons-react";
import { useState } from "react";
import type { Version } from "@/api/types";
import { When } from "@/components/When";
import classes from "./VersionHistory.module.css";

interface Props {
  versions: Version[];
  onRollback: (version: Version) => void;
  /** Called with the earlier version first. */
  onCompare: (from: Version, to: Version) => void;
  rollingBackId?: string;
}

/** Every version of an agent, newest first: who, when, what; go back to one, compare two. */
export function VersionTimeline({ versions, onRollback, onCompare, rollingBackId }: Props) {
  const [chosen, setChosen] = useState<string[]>([]);
  const picked = versions.filter((version) => chosen.includes(version.id));
  const [later, earlier] = picked;

  function toggle(id: string) {
    // A third choice replaces the older of the two.
    setChosen((old) =>
      old.includes(id) ? old.filter((other) => other !== id) : [...old.slice(-1), id],
    );
  }

  return (
    <div>
      <Group justify="space-between" mb="md" mih={34}>
        <Text size="sm" c="dimmed">
          {picked.length === 1
            ? "Choose one more to compare."
            : "Choose two versions to compare them."}
        </Text>
        <Button
          size="sm"
          variant="default"
          leftSection={<IconGitCompare size={16} stroke={1.7} aria-hidden />}
          disabled={!earlier || !later}
          onClick={() => earlier && later && onCompare(earlier, later)}
        >
          {earlier && later ? `Compare v${earlier.number} and v${later.number}` : "Compare"}
        </Button>
      </Group>
      <ol className={classes.timeline}>
        {versions.map((version) => (
          <VersionItem
            key={version.id}
            version={version}
            previous={versions.find((other) => other.number === version.parent_number)}
            isChosen={chosen.includes(version.id)}
            onToggle={() => toggle(version.id)}
            onRollback={() => onRollback(version)}
            onCompare={onCompare}
            isRollingBack={rollingBackId === version.id}
          />
        ))}
      </ol>
    </div>
  );
}

interface ItemProps {
  version: Version;
  previous?: Version;
  isChosen: boolean;
  onToggle: () => void;
  onRollback: () => void;
  onCompare: Props["onCompare"];
  isRollingBack: boolean;
}

function VersionItem(props: ItemProps) {
  const { version, previous, isChosen, onToggle, onRollback, onCompare, isRollingBack } = props;
  const author = version.author?.name || "AgentGrid";
  return (
    <li className={classes.item} data-active={version.active || undefined}>
      <Checkbox
        size="xs"
        checked={isChosen}
        onChange={onToggle}
        aria-label={`Choose version ${version.number} to compare`}
        className={classes.check}
      />
      <div className={classes.body}>
        <Group gap={8} wrap="nowrap">
          <span className={classes.number}>v{version.number}</span>
          {version.active && (
            <Badge variant="light" radius="sm" tt="none" fw={500} className={classes.badge}>
              Active
            </Badge>
          )}
          <Text truncate className={classes.summary} title={version.change_summary}>
            {version.change_summary || "No summary"}
          </Text>
        </Group>
        <Group gap={6} className={classes.meta}>
          <Avatar name={author} size={16} color="indigo" aria-hidden />
          <span>{author}</span>
          <span aria-hidden>·</span>
          <When at={version.created_at} />
        </Group>
      </div>
      <Group gap={4} className={classes.actions} wrap="nowrap">
        {previous && (
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            onClick={() => onCompare(previous, version)}
            aria-label={`See the changes of version ${version.number}`}
          >
            Changes
          </Button>
        )}
        {!version.active && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconArrowBackUp size={14} stroke={1.8} aria-hidden />}
            loading={isRollingBack}
            onClick={onRollback}
            aria-label={`Go back to version ${version.number}`}
          >
            Go back to this
          </Button>
        )}
      </Group>
    </li>
  );
}
