import { ActionIcon, Popover, Tooltip } from "@mantine/core";
import { IconReceipt } from "@tabler/icons-react";
import { Fragment, useState } from "react";
import type { Message } from "@/api/types";
import { formatCost, formatCount, formatDuration } from "@/lib/format";
import { STEP_NAMES } from "@/lib/trail";
import classes from "./Message.module.css";

/** The steps that say how long they took; what else they carry is for the logs. */
function stepsOf(message: Message): [string, number][] {
  return message.steps.flatMap(({ name, time_ms }) =>
    typeof name === "string" && typeof time_ms === "number"
      ? [[STEP_NAMES[name] ?? name, time_ms]]
      : [],
  );
}

function rowsOf(message: Message): [string, string][] {
  const { usage } = message;
  const rows: [string, string][] = [];
  if (usage) {
    rows.push(["Model", `${usage.provider}/${usage.model}`]);
    rows.push([
      "Tokens",
      `${formatCount(usage.prompt_tokens)} read, ${formatCount(usage.completion_tokens)} written`,
    ]);
    rows.push(["Cost", formatCost(usage.cost_usd)]);
  }
  if (message.first_token_ms != null)
    rows.push(["First word after", formatDuration(message.first_token_ms)]);
  if (message.latency_ms != null) rows.push(["Time in all", formatDuration(message.latency_ms)]);
  if (message.version != null) rows.push(["Version", `v${message.version}`]);
  if (message.confidence != null) rows.push(["Confidence", message.confidence.toFixed(2)]);
  return rows;
}

/** What an answer took: shown on demand. */
export function Receipt({ message }: { message: Message }) {
  const [isOpen, setOpen] = useState(false);
  const steps = stepsOf(message);
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      position="top"
      width={300}
      withRoles
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Tooltip label="Receipt" disabled={isOpen}>
          <ActionIcon
            size={28}
            aria-label="Receipt of this answer"
            onClick={() => setOpen(!isOpen)}
          >
            <IconReceipt size={16} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label="Receipt">
        <dl className={classes.receipt}>
          {rowsOf(message).map(([name, value]) => (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </Fragment>
          ))}
          {steps.length > 0 && <dt className={classes.receiptHead}>Steps</dt>}
          {steps.map(([name, time], index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the steps of a finished answer never move
            <Fragment key={index}>
              <dt>{name}</dt>
              <dd>{formatDuration(time)}</dd>
            </Fragment>
          ))}
        </dl>
      </Popover.Dropdown>
    </Popover>
  );
}
