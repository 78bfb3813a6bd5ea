import { Skeleton, Stack, Tabs, Text } from "@mantine/core";
import { IconFiles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { filesQuery } from "@/api/files";
import type { Agent, Filter, KnowledgeFile, RetrievedChunk } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { formatCount } from "@/lib/format";
import { CoverageTester } from "./coverage/CoverageTester";
import { Documents } from "./documents/Documents";
import { FileDrawer, type Place } from "./drawer/FileDrawer";
import { isProcessing } from "./fileNews";
import classes from "./Knowledge.module.css";
import { RetrieveBox } from "./search/RetrieveBox";
import { WebSources } from "./sources/WebSources";
import { DropZone } from "./upload/DropZone";
import { UploadList } from "./upload/UploadList";
import { useUploads } from "./upload/useUploads";
import { useFileEvents } from "./useFileEvents";

const POLL_MS = 2_000;

type KnowledgeView = "documents" | "search" | "coverage";

/** What of the page is shown; all of it is in the page's address. */
export interface KnowledgeState {
  view: KnowledgeView;
  file?: string;
  place: Place;
  query: string;
  filter: Filter;
}

interface Props {
  agent: Agent;
  state: KnowledgeState;
  onState: (change: Partial<KnowledgeState>) => void;
}

export function KnowledgePage({ agent, state, onState }: Props) {
  const isLive = useFileEvents(agent.id);
  const files = useQuery({
    ...filesQuery(agent.id),
    refetchInterval: (query) => (!isLive && query.state.data?.some(isProcessing) ? POLL_MS : false),
  });
  const uploads = useUploads(agent.id);
  const items = files.data ?? [];
  const openAt = (chunk: RetrievedChunk) =>
    onState({
      file: chunk.file_id,
      place: { tab: "text", passage: { start: chunk.char_start, end: chunk.char_end } },
    });
  return (
    <div className={classes.scroll}>
      <div className={classes.page}>
        <Tabs
          value={state.view}
          onChange={(view) => onState({ view: (view ?? "documents") as KnowledgeView })}
          keepMounted={false}
          variant="pills"
        >
          <Tabs.List className={classes.views} aria-label="Knowledge">
            <Tabs.Tab value="documents" className={classes.view}>
              Documents{items.length > 0 && ` (${formatCount(items.length)})`}
            </Tabs.Tab>
            <Tabs.Tab value="search" className={classes.view}>
              What would it read?
            </Tabs.Tab>
            <Tabs.Tab value="coverage" className={classes.view}>
              Coverage test
            </Tabs.Tab>
          </Tabs.List>
          <DropZone
            agentId={agent.id}
            queue={uploads.queue}
            isHidden={state.view !== "documents"}
          />
          <UploadList {...uploads} />
          <Tabs.Panel value="documents">
            <WebSources agentId={agent.id} isLive={isLive} />
            <DocumentsView
              agent={agent}
              files={files}
              isUploading={uploads.uploads.length > 0}
              onOpen={(file) =>
                onState({ file: file.id, place: { tab: "overview", passage: null } })
              }
            />
            {!isLive && files.isSuccess && (
              <p className={classes.offline} role="status">
                Live news are interrupted. The list is fetched again and again until they are back.
              </p>
            )}
          </Tabs.Panel>
          <Tabs.Panel value="search">
            <RetrieveBox
              key={state.query}
              agentId={agent.id}
              query={state.query}
              filter={state.filter}
              onQuery={(query, filter) => onState({ query, filter })}
              onOpen={openAt}
            />
          </Tabs.Panel>
          <Tabs.Panel value="coverage">
            <CoverageTester agentId={agent.id} agentName={agent.name} onOpen={openAt} />
          </Tabs.Panel>
        </Tabs>
      </div>
      <FileDrawer
        agentId={agent.id}
        file={items.find((file) => file.id === state.file)}
        place={state.place}
        onPlace={(place) => onState({ place })}
        onClose={() => onState({ file: undefined })}
      />
    </div>
  );
}

interface ViewProps {
  agent: Agent;
  files: {
    data?: KnowledgeFile[];
    error: unknown;
    isPending: boolean;
    refetch: () => unknown;
  };
  isUploading: boolean;
  onOpen: (file: KnowledgeFile) => void;
}

function DocumentsView({ agent, files, isUploading, onOpen }: ViewProps) {
  if (files.isPending) {
    return (
      <Stack gap="xs" mt="lg" aria-busy="true" aria-label="Loading the documents">
        <Skeleton h={40} />
        <Skeleton h={40} />
        <Skeleton h={40} />
      </Stack>
    );
  }
  if (!files.data) {
    return (
      <div className={classes.gap}>
        <ErrorNotice
          error={files.error}
          safe="Your documents are safe."
          onRetry={() => files.refetch()}
        />
      </div>
    );
  }
  if (files.data.length > 0) {
    return <Documents agentId={agent.id} files={files.data} onOpen={onOpen} />;
  }
  if (isUploading) return null;
  return (
    <EmptyState
      icon={<IconFiles size={24} stroke={1.6} />}
      title={`${agent.name} has no documents yet`}
    >
      Add what it should know: handbooks, reports, tables. A document can be asked a moment after
      you drop it, and every answer shows the passage it came from.
      <Text span display="block" mt={8} size="sm" inherit>
        Then see under “What would it read?” what it finds for a question.
      </Text>
    </EmptyState>
  );
}
