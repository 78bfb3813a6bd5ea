import { Button, CloseButton, Group, Progress, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { formatCount, formatPercent, formatSize, plural } from "@/lib/format";
import classes from "./Upload.module.css";
import type { Upload } from "./uploadQueue";
import type { Uploads } from "./useUploads";

const MOST_SHOWN = 6;

/** Files that are not at the server yet, and those that were refused, with the reason. */
export function UploadList({ uploads, done, total, queue }: Uploads) {
  if (uploads.length === 0) return null;
  const going = uploads.filter((upload) => upload.state !== "refused");
  const refused = uploads.filter((upload) => upload.state === "refused");
  return (
    <div className={classes.uploads}>
      {going.length > 0 && <Going uploads={going} done={done} total={total} onStop={queue.drop} />}
      {refused.length > 0 && (
        <Refused uploads={refused} onRetry={queue.retry} onDismiss={queue.drop} />
      )}
    </div>
  );
}

interface GoingProps {
  uploads: Upload[];
  done: number;
  total: number;
  onStop: (keys: string[]) => void;
}

function Going({ uploads, done, total, onStop }: GoingProps) {
  const sent = uploads.reduce((sum, upload) => sum + upload.progress, done);
  const share = total > 0 ? sent / total : 0;
  // Those on their way come first; of a thousand that wait, a few are enough to see.
  const shown = [...uploads].sort((a, b) => rank(a) - rank(b)).slice(0, MOST_SHOWN);
  const rest = uploads.length - shown.length;
  return (
    <section className={classes.batch} aria-label="Uploads">
      <Group justify="space-between" gap="sm" wrap="nowrap">
        <Text size="sm" fw={500} role="status">
          Uploading {formatCount(Math.min(done + 1, total))} of {plural(total, "file")}
        </Text>
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          onClick={() => onStop(uploads.map(({ key }) => key))}
        >
          Stop all
        </Button>
      </Group>
      {total > 1 && (
        <Progress
          value={share * 100}
          size={4}
          mt={6}
          aria-label="All uploads"
          transitionDuration={150}
        />
      )}
      <ul className={classes.list}>
        {shown.map((upload) => (
          <li key={upload.key} className={classes.row}>
            <Text size="sm" truncate flex={1} title={upload.file.name}>
              {upload.file.name}
            </Text>
            {upload.state === "sending" ? (
              <Progress
                w={110}
                size={4}
                value={upload.progress * 100}
                aria-label={`${upload.file.name}: ${formatPercent(upload.progress)} sent`}
                transitionDuration={150}
              />
            ) : (
              <Text size="xs" c="dimmed">
                waiting
              </Text>
            )}
            <Text size="xs" c="dimmed" className={classes.size}>
              {formatSize(upload.file.size)}
            </Text>
            <CloseButton
              size="sm"
              aria-label={`Stop sending ${upload.file.name}`}
              onClick={() => onStop([upload.key])}
            />
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <Text size="xs" c="dimmed" mt={4}>
          and {formatCount(rest)} more
        </Text>
      )}
    </section>
  );
}

function rank(upload: Upload): number {
  return upload.state === "sending" ? 0 : 1;
}

interface RefusedProps {
  uploads: Upload[];
  onRetry: (keys: string[]) => void;
  onDismiss: (keys: string[]) => void;
}

function Refused({ uploads, onRetry, onDismiss }: RefusedProps) {
  const again = uploads.filter(({ canRetry }) => canRetry).map(({ key }) => key);
  return (
    <section className={classes.batch} data-tone="bad" role="alert" aria-label="Not added">
      <Group justify="space-between" gap="sm">
        <Group gap={8} wrap="nowrap">
          <IconAlertTriangle size={17} stroke={1.7} color="var(--ag-bad)" aria-hidden />
          <Text size="sm" fw={500}>
            {plural(uploads.length, "file was", "files were")} not added
          </Text>
        </Group>
        {uploads.length > 1 && (
          <Group gap={4}>
            {again.length > 1 && (
              <Button size="compact-sm" variant="default" onClick={() => onRetry(again)}>
                Try all again
              </Button>
            )}
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              onClick={() => onDismiss(uploads.map(({ key }) => key))}
            >
              Dismiss all
            </Button>
          </Group>
        )}
      </Group>
      <ul className={classes.list} data-scroll>
        {uploads.map((upload) => (
          <li key={upload.key} className={classes.row} data-align="top">
            <div className={classes.refused}>
              <Text size="sm">{upload.file.name}</Text>
              <Text size="sm" c="dimmed">
                {upload.error}
              </Text>
            </div>
            {upload.canRetry && (
              <Button size="compact-sm" variant="default" onClick={() => onRetry([upload.key])}>
                Try again
              </Button>
            )}
            <CloseButton
              size="sm"
              aria-label={`Dismiss ${upload.file.name}`}
              onClick={() => onDismiss([upload.key])}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
