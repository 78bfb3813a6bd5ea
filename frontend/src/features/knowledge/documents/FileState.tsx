import { Button, Text, Tooltip } from "@mantine/core";
import type { KnowledgeFile } from "@/api/types";
import { formatCount, formatPercent } from "@/lib/format";
import { askableWords, failedWhile, nowDoing, stageWords } from "../stages";
import { isPartial } from "./arrange";
import classes from "./Documents.module.css";

interface Props {
  file: KnowledgeFile;
  onRetry: (file: KnowledgeFile) => void;
  isRetrying: boolean;
}

/** Where a document is: its stages with the share done, or why it failed and what to do. */
export function FileState({ file, onRetry, isRetrying }: Props) {
  if (file.status === "failed") {
    return <Failed file={file} onRetry={onRetry} isRetrying={isRetrying} />;
  }
  if (file.status === "ready") return <Ready file={file} />;
  return <Reading file={file} />;
}

function Failed({ file, onRetry, isRetrying }: Props) {
  const isCancelled = file.error?.code === "cancelled";
  const where = failedWhile(file);
  return (
    <div>
      <Text size="sm" fw={500} className={isCancelled ? undefined : classes.bad}>
        {isCancelled ? "You stopped it" : (file.error?.reason ?? "It could not be read.")}
      </Text>
      <Text size="xs" c="dimmed">
        {!isCancelled && where && `It happened while ${where}. `}
        {isCancelled ? "It goes on from where it was." : file.error?.advice}
      </Text>
      <Button
        size="compact-xs"
        variant="default"
        mt={6}
        loading={isRetrying}
        onClick={() => onRetry(file)}
        aria-label={`${isCancelled ? "Go on with" : "Try again:"} ${file.name}`}
      >
        {isCancelled ? "Go on" : "Try again"}
      </Button>
    </div>
  );
}

function Ready({ file }: { file: KnowledgeFile }) {
  const partial = isPartial(file);
  const tone = partial || file.warning ? "partly" : "good";
  return (
    <div>
      <span className={classes.ready} data-tone={tone}>
        {partial
          ? `${formatCount(file.pages_read ?? 0)} of ${formatCount(file.pages ?? 0)} pages`
          : "Ready"}
      </span>
      {file.warning && (
        <Text size="xs" c="dimmed">
          {file.warning}
        </Text>
      )}
    </div>
  );
}

function Reading({ file }: { file: KnowledgeFile }) {
  const { words, detail } = nowDoing(file);
  const askable = askableWords(file);
  return (
    <div>
      <div className={classes.stageLine}>
        <span>
          {words}
          {detail && <span className={classes.detail}> · {detail}</span>}
        </span>
        <span className="tabular">{formatPercent(file.progress)}</span>
      </div>
      <StageBars file={file} label={`${file.name}: ${detail ? `${words}, ${detail}` : words}`} />
      {askable && (
        <Text size="xs" mt={5} className={classes.askable}>
          {askable}
        </Text>
      )}
    </div>
  );
}

function StageBars({ file, label }: { file: KnowledgeFile; label: string }) {
  return (
    <div
      className={classes.stages}
      role="progressbar"
      aria-label={label}
      aria-valuenow={Math.round(file.progress * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      {file.stages.map((stage) => (
        <Tooltip key={stage.name} label={stageWords(stage)} openDelay={100}>
          <span className={classes.stage} data-state={stage.state}>
            <span
              style={{ width: `${(stage.state === "done" ? 1 : stage.progress) * 100}%` }}
              data-state={stage.state}
            />
          </span>
        </Tooltip>
      ))}
    </div>
  );
}
