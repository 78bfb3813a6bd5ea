import { Button, Text } from "@mantine/core";
import type { FileStatus, KnowledgeFile } from "@/api/types";
import { formatPercent } from "@/lib/format";
import classes from "./Knowledge.module.css";

const STAGES = ["queued", "extracting", "chunking", "embedding"] as const;
const WORDS: Record<FileStatus, string> = {
  queued: "Waiting",
  extracting: "Reading the text",
  chunking: "Cutting into passages",
  embedding: "Indexing",
  ready: "Ready",
  failed: "Failed",
};

interface Props {
  file: KnowledgeFile;
  onRetry: (file: KnowledgeFile) => void;
  isRetrying: boolean;
}

/** Where a document is: its stage with the share done, or why it failed and what to do. */
export function FileState({ file, onRetry, isRetrying }: Props) {
  if (file.status === "failed") {
    return (
      <div className={classes.failed}>
        <Text size="sm" fw={500} className={classes.failedReason}>
          {file.error?.reason ?? "It could not be read."}
        </Text>
        {file.error?.advice && (
          <Text size="xs" c="dimmed">
            {file.error.advice}
          </Text>
        )}
        <Button
          size="compact-xs"
          variant="default"
          mt={6}
          loading={isRetrying}
          onClick={() => onRetry(file)}
        >
          Try again
        </Button>
      </div>
    );
  }
  if (file.status === "ready") {
    return (
      <div>
        <span className={classes.ready}>Ready</span>
        {file.warning && (
          <Text size="xs" c="dimmed">
            {file.warning}
          </Text>
        )}
      </div>
    );
  }
  return <Stages status={file.status} progress={file.progress} name={file.name} />;
}

function Stages({
  status,
  progress,
  name,
}: {
  status: FileStatus;
  progress: number;
  name: string;
}) {
  const at = STAGES.indexOf(status as (typeof STAGES)[number]);
  return (
    <div>
      <div className={classes.stageLine}>
        <span>{WORDS[status]}</span>
        <span className="tabular">{formatPercent(progress)}</span>
      </div>
      <div
        className={classes.stages}
        role="progressbar"
        aria-label={`${name}: ${WORDS[status]}`}
        aria-valuenow={Math.round(progress * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        {STAGES.map((stage, index) => (
          <span key={stage} data-state={index < at ? "done" : index === at ? "now" : "later"} />
        ))}
      </div>
    </div>
  );
}
