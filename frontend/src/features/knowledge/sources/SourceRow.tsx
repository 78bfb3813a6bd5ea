import { Anchor, Button, Collapse, Progress, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconPlayerStop, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useId } from "react";
import type { Source } from "@/api/types";
import { When } from "@/components/When";
import { plural } from "@/lib/format";
import classes from "./Sources.module.css";
import { useSourceActions } from "./useSourceActions";
import {
  extent,
  isBusy,
  pageOf,
  progressWords,
  resultWords,
  shareDone,
  shortAddress,
} from "./words";

const ICON = { size: 15, stroke: 1.7, "aria-hidden": true };

/** One page or site: how far it is, what was left out and why, and what can be done. */
export function SourceRow({ source }: { source: Source }) {
  const { sync, cancel, remove, doing } = useSourceActions(source);
  const name = shortAddress(source.url);
  return (
    <li className={classes.row} aria-label={name}>
      <div className={classes.what}>
        <Anchor
          href={source.url}
          target="_blank"
          rel="noopener noreferrer"
          className={classes.address}
          title={source.url}
        >
          {name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {extent(source)}
          {source.tags.length > 0 && ` · ${source.tags.join(", ")}`}
        </Text>
      </div>
      <div className={classes.state}>
        <SourceState source={source} name={name} />
      </div>
      <div className={classes.actions}>
        {isBusy(source) ? (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlayerStop {...ICON} />}
            loading={doing === "cancel"}
            onClick={cancel}
            aria-label={`Stop reading ${name}`}
          >
            Stop
          </Button>
        ) : (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconRefresh {...ICON} />}
            loading={doing === "sync"}
            onClick={sync}
            aria-label={`Sync ${name}`}
          >
            Sync
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          px={6}
          loading={doing === "remove"}
          onClick={remove}
          aria-label={`Remove ${name}`}
        >
          <IconTrash {...ICON} />
        </Button>
      </div>
      {source.skipped.length > 0 && <LeftOut source={source} />}
    </li>
  );
}

function SourceState({ source, name }: { source: Source; name: string }) {
  if (isBusy(source)) {
    const words = progressWords(source);
    return (
      <>
        <Text size="sm" role="status">
          {words}
        </Text>
        <Progress
          value={shareDone(source) * 100}
          size={4}
          mt={6}
          animated={source.status === "crawling"}
          aria-label={`${name}: ${words}`}
        />
      </>
    );
  }
  if (source.status === "failed") {
    const isStopped = source.error?.code === "cancelled";
    return (
      <>
        <Text size="sm" fw={500} className={isStopped ? undefined : classes.bad}>
          {isStopped ? "You stopped it" : (source.error?.reason ?? "It could not be read.")}
        </Text>
        <Text size="xs" c="dimmed">
          {source.pages_read > 0 && `${resultWords(source)} in use. `}
          {isStopped ? "Sync to go on." : source.error?.advice}
        </Text>
      </>
    );
  }
  return (
    <>
      <span className={classes.ready}>{resultWords(source)}</span>
      {source.last_crawled_at && (
        <Text size="xs" c="dimmed">
          Read <When at={source.last_crawled_at} />
        </Text>
      )}
    </>
  );
}

function LeftOut({ source }: { source: Source }) {
  const [isOpen, { toggle }] = useDisclosure(false);
  const list = useId();
  return (
    <div className={classes.leftOut}>
      <UnstyledButton
        className={classes.toggle}
        onClick={toggle}
        aria-expanded={isOpen}
        aria-controls={list}
      >
        {plural(source.skipped.length, "address", "addresses")} left out
        <IconChevronDown size={14} stroke={1.7} data-open={isOpen || undefined} aria-hidden />
      </UnstyledButton>
      <Collapse expanded={isOpen} id={list}>
        <dl className={classes.skips}>
          {source.skipped.map(({ url, reason }) => (
            <div key={url}>
              <dt>{pageOf(url, source)}</dt>
              <dd>{reason}</dd>
            </div>
          ))}
        </dl>
      </Collapse>
    </div>
  );
}
