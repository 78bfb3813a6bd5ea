import { Anchor, Button, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { Fragment, type ReactNode } from "react";
import { downloadFile } from "@/api/files";
import type { KnowledgeFile } from "@/api/types";
import { notifyError } from "@/components/notify";
import { When } from "@/components/When";
import { formatCount, formatSize } from "@/lib/format";
import { webAddress } from "@/lib/match";
import { askableWords, failedWhile, stageWords } from "../stages";
import classes from "./FileDrawer.module.css";

function pagesOf(file: KnowledgeFile): string | null {
  if (file.pages === null) return null;
  if (file.pages_read === null || file.pages_read === file.pages) return formatCount(file.pages);
  return `${formatCount(file.pages_read)} of ${formatCount(file.pages)} gave text`;
}

function languageOf(file: KnowledgeFile): string | null {
  if (!file.language || file.language === "simple") return null;
  return file.language.charAt(0).toUpperCase() + file.language.slice(1);
}

function rowsOf(file: KnowledgeFile): [string, ReactNode][] {
  const address = webAddress(file.source_url);
  const rows: [string, ReactNode][] = [
    ["Pages", pagesOf(file)],
    ["Passages", file.chunks === null ? null : formatCount(file.chunks)],
    ["Language", languageOf(file)],
    ["Size", formatSize(file.size)],
    ["Kind", file.media_type],
    ["Added", <When key="added" at={file.created_at} />],
    ["Tags", file.tags.length > 0 ? file.tags.join(", ") : null],
    [
      "From the web",
      address ? (
        <Anchor key="from" href={address} target="_blank" rel="noopener noreferrer" size="sm">
          {address}
        </Anchor>
      ) : null,
    ],
  ];
  return rows.filter(([, value]) => value !== null);
}

/** What is known of a document, and how its reading went. */
export function Overview({ agentId, file }: { agentId: string; file: KnowledgeFile }) {
  const where = failedWhile(file);
  const askable = askableWords(file);
  return (
    <>
      {file.error && (
        <div className={classes.notice} data-tone="bad">
          <Text size="sm" fw={500}>
            {file.error.reason}
          </Text>
          <Text size="sm" c="dimmed">
            {where && `It happened while ${where}. `}
            {file.error.advice}
          </Text>
        </div>
      )}
      {file.warning && (
        <div className={classes.notice}>
          <Text size="sm">{file.warning}</Text>
        </div>
      )}
      {askable && (
        <div className={classes.notice} data-tone="good">
          <Text size="sm">{askable}</Text>
        </div>
      )}
      <dl className={classes.facts}>
        {rowsOf(file).map(([label, value]) => (
          <Fragment key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
      <h3 className={classes.heading}>How it was read</h3>
      <ol className={classes.stageList}>
        {file.stages.map((stage) => (
          <li key={stage.name} data-state={stage.state}>
            {stageWords(stage)}
            {stage.state === "done" && stage.detail && (
              <span className={classes.aside}> · {stage.detail}</span>
            )}
          </li>
        ))}
      </ol>
      <Button
        mt="lg"
        variant="default"
        leftSection={<IconDownload size={16} stroke={1.7} aria-hidden />}
        onClick={() =>
          downloadFile(agentId, file.id, file.name).catch((error: unknown) =>
            notifyError(error, "The file was not downloaded"),
          )
        }
      >
        Download the original
      </Button>
    </>
  );
}
