import { ActionIcon, Anchor, Badge, Group, Text, Tooltip } from "@mantine/core";
import {
  IconChevronLeft,
  IconChevronRight,
  IconDownload,
  IconExternalLink,
  IconX,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { downloadFile, fileQuery } from "@/api/files";
import type { Citation } from "@/api/types";
import { DocumentText } from "@/components/DocumentText";
import { notifyError } from "@/components/notify";
import { confidenceWord, webAddress } from "@/lib/match";
import classes from "./SourcesPanel.module.css";

interface Props {
  agentId: string;
  citations: Citation[];
  number: number;
  onShow: (number: number) => void;
  onClose: () => void;
}

/** The document behind a citation, opened at the passage. */
export function SourcesPanel({ agentId, citations, number, onShow, onClose }: Props) {
  const at = citations.findIndex((known) => known.number === number);
  const citation = citations[at];
  const step = (by: number) => {
    const next = citations[at + by];
    if (next) onShow(next.number);
  };
  return (
    <section className={classes.panel} aria-label="Sources">
      <header className={classes.head}>
        <Text fw={600} size="sm" flex={1}>
          Source {number}
          {citations.length > 1 && <span className={classes.of}> of {citations.length}</span>}
        </Text>
        <ActionIcon aria-label="Earlier source" disabled={at <= 0} onClick={() => step(-1)}>
          <IconChevronLeft size={17} stroke={1.7} />
        </ActionIcon>
        <ActionIcon
          aria-label="Next source"
          disabled={at < 0 || at >= citations.length - 1}
          onClick={() => step(1)}
        >
          <IconChevronRight size={17} stroke={1.7} />
        </ActionIcon>
        <ActionIcon aria-label="Close the sources" onClick={onClose}>
          <IconX size={17} stroke={1.7} />
        </ActionIcon>
      </header>
      {citation ? (
        <Document key={citation.chunk_id} agentId={agentId} citation={citation} />
      ) : (
        <Text c="dimmed" size="sm" p="md">
          This answer has no source with that number.
        </Text>
      )}
    </section>
  );
}

function Document({ agentId, citation }: { agentId: string; citation: Citation }) {
  const file = useQuery(fileQuery(agentId, citation.file_id)).data;
  const address = webAddress(file?.source_url);
  return (
    <>
      <div className={classes.meta}>
        <Group gap={6} wrap="nowrap">
          <Text fw={500} truncate flex={1} title={citation.file_name}>
            {address ? (
              <Anchor href={address} target="_blank" rel="noopener noreferrer" inherit>
                {citation.file_name}
                <IconExternalLink size={13} stroke={1.7} className={classes.outside} aria-hidden />
                <span className="visually-hidden"> (opens in a new tab)</span>
              </Anchor>
            ) : (
              citation.file_name
            )}
          </Text>
          <Tooltip label="Download the original">
            <ActionIcon
              aria-label={`Download ${citation.file_name}`}
              onClick={() =>
                downloadFile(agentId, citation.file_id, citation.file_name).catch(
                  (error: unknown) => notifyError(error, "The file was not downloaded"),
                )
              }
            >
              <IconDownload size={16} stroke={1.7} />
            </ActionIcon>
          </Tooltip>
        </Group>
        {address && (
          <Text size="xs" c="dimmed" truncate title={address}>
            {address}
          </Text>
        )}
        <Group gap={6}>
          {citation.page !== null && (
            <Badge variant="default" tt="none" fw={500} radius="sm">
              Page {citation.page}
            </Badge>
          )}
          <Tooltip label={`Confidence ${citation.confidence.toFixed(2)} of 1`}>
            <Badge variant="light" tt="none" fw={500} radius="sm">
              {confidenceWord(citation.confidence)}
            </Badge>
          </Tooltip>
        </Group>
        {citation.heading_path.length > 0 && (
          <Text size="xs" c="dimmed">
            {citation.heading_path.join(" › ")}
          </Text>
        )}
      </div>
      <DocumentText
        agentId={agentId}
        fileId={citation.file_id}
        name={citation.file_name}
        passage={{ start: citation.char_start, end: citation.char_end }}
        quote={citation.quote}
      />
    </>
  );
}
