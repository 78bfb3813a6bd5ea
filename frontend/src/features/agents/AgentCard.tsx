import { Badge, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Agent } from "@/api/types";
import { Emblem } from "@/components/Emblem";
import { When } from "@/components/When";
import { plural } from "@/lib/format";
import classes from "./AgentCard.module.css";

export function AgentCard({ agent }: { agent: Agent }) {
  return (
    <li className={classes.item}>
      <Link to="/agents/$agentId" params={{ agentId: agent.id }} className={classes.card}>
        <Group gap="sm" wrap="nowrap">
          <Emblem emblem={agent.emblem} name={agent.name} size={36} />
          <Text fw={600} truncate flex={1}>
            {agent.name}
          </Text>
          {agent.is_demo && (
            <Badge variant="light" size="sm" radius="sm" tt="none">
              Demo
            </Badge>
          )}
        </Group>
        <Text size="sm" c="dimmed" lineClamp={2} className={classes.line}>
          {agent.description || "No description yet"}
        </Text>
        <Group gap="xs" className={classes.foot}>
          <FileStatus files={agent.files} />
          <span className={classes.when}>
            {agent.last_used_at ? <When at={agent.last_used_at} /> : "not used yet"}
          </span>
        </Group>
      </Link>
    </li>
  );
}

function FileStatus({ files }: { files: Agent["files"] }) {
  if (files.processing > 0) {
    return (
      <span className={classes.status} data-tone="busy">
        Reading {plural(files.processing, "document")}
      </span>
    );
  }
  if (files.failed > 0) {
    return (
      <span className={classes.status} data-tone="bad">
        {plural(files.failed, "document")} failed
      </span>
    );
  }
  if (files.total === 0) return <span className={classes.status}>No documents</span>;
  return (
    <span className={classes.status} data-tone="good">
      {plural(files.ready, "document")}
    </span>
  );
}
