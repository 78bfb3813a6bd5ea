import { ActionIcon, Drawer, Tooltip } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { IconHistory, IconPencilPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { createSession, sessionQuery } from "@/api/sessions";
import type { Agent, Citation, Message, SessionDetail } from "@/api/types";
import { DocumentFilter } from "@/components/DocumentFilter";
import { IconLink } from "@/components/links";
import { notifyError } from "@/components/notify";
import classes from "./ChatPage.module.css";
import { Composer } from "./Composer";
import { Conversation } from "./Conversation";
import type { SourceRef } from "./citations";
import { setDraft } from "./drafts";
import { FoundPanel } from "./FoundPanel";
import { keepFilter, keptFilter, useFilter } from "./filters";
import { SessionList } from "./SessionList";
import { SourcesPanel } from "./SourcesPanel";
import { isRunning } from "./turn";
import { useTurn, useTurns } from "./useTurns";
import { Welcome } from "./Welcome";

interface Props {
  agent: Agent;
  sessionId?: string;
  source: SourceRef | null;
  onSource: (source: SourceRef | null) => void;
  /** The answer whose finding is shown. */
  foundId: string | undefined;
  onFound: (messageId: string | undefined) => void;
  onSession: (id: string | undefined) => void;
}

export function ChatPage(props: Props) {
  const { agent, sessionId, source, onSource, foundId, onFound, onSession } = props;
  const draftKey = sessionId ?? `new.${agent.id}`;
  const [filter, setFilter] = useFilter(draftKey);
  const turns = useTurns();
  const turn = useTurn(sessionId);
  const start = useStart(agent.id, onSession);
  const [listOpen, list] = useDisclosure(false);
  const isRoomy = useMediaQuery("(min-width: 75em)", true, { getInitialValueInEffect: false });
  const isPhone = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const citations = useCitations(sessionId, source);
  const found = useFound(sessionId, foundId);
  const closePanel = () => (source ? onSource(null) : onFound(undefined));

  // biome-ignore lint/correctness/useExhaustiveDependencies: a conversation that was chosen closes the sheet
  useEffect(() => list.close(), [sessionId]);

  function ask(text: string) {
    if (sessionId) void turns.ask(sessionId, text, filter);
    else start.mutate(text);
  }

  const panel = source ? (
    <SourcesPanel
      agentId={agent.id}
      citations={citations}
      number={source.number}
      onShow={(number) => onSource({ ...source, number })}
      onClose={closePanel}
    />
  ) : (
    foundId && (
      <FoundPanel
        message={found}
        onOpenSource={(number) => onSource({ messageId: foundId, number })}
        onClose={closePanel}
      />
    )
  );
  const sessions = (
    <SessionList agentId={agent.id} currentId={sessionId} onGone={() => onSession(undefined)} />
  );
  return (
    <div className={classes.chat}>
      <aside className={classes.sessions} aria-label="Your conversations">
        {sessions}
      </aside>
      <section className={classes.talk} aria-label={`Chat with ${agent.name}`}>
        <div className={classes.bar}>
          <Tooltip label="Conversations">
            <ActionIcon size={32} onClick={list.open} aria-label="Conversations">
              <IconHistory size={18} stroke={1.7} />
            </ActionIcon>
          </Tooltip>
          <IconLink
            to="/agents/$agentId/chat/{-$sessionId}"
            params={{ agentId: agent.id, sessionId: undefined }}
            size={32}
            aria-label="New conversation"
          >
            <IconPencilPlus size={18} stroke={1.7} />
          </IconLink>
        </div>
        {sessionId ? (
          <Conversation
            key={sessionId}
            sessionId={sessionId}
            source={source}
            onOpenSource={onSource}
            onOpenFound={onFound}
          />
        ) : (
          <div className={classes.welcome}>
            <Welcome agent={agent} onAsk={ask} />
          </div>
        )}
        <Composer
          draftKey={draftKey}
          agentName={agent.name}
          isRunning={isRunning(turn)}
          isSending={start.isPending}
          onSend={ask}
          filter={
            agent.files.total > 0 && (
              <DocumentFilter
                agentId={agent.id}
                filter={filter}
                onFilter={setFilter}
                position="top-start"
              />
            )
          }
          onStop={() =>
            sessionId &&
            turns
              .stop(sessionId)
              .catch((error: unknown) => notifyError(error, "The answer was not stopped"))
          }
        />
      </section>
      {panel && isRoomy && <aside className={classes.sources}>{panel}</aside>}
      <Drawer
        opened={Boolean(panel) && !isRoomy}
        onClose={closePanel}
        position={isPhone ? "bottom" : "right"}
        size={isPhone ? "85dvh" : 440}
        withCloseButton={false}
        padding={0}
        title={undefined}
        classNames={{ body: classes.sheetBody, content: classes.sheet }}
        aria-label={source ? "Sources" : "How I found this"}
      >
        {panel}
      </Drawer>
      <Drawer
        opened={listOpen}
        onClose={list.close}
        size={300}
        title="Conversations"
        padding={0}
        classNames={{ body: classes.listBody, header: classes.listHead }}
      >
        {sessions}
      </Drawer>
    </div>
  );
}

/** Makes the session with the first message, so that looking at an agent leaves no empty ones. */
function useStart(agentId: string, onSession: (id: string) => void) {
  const queries = useQueryClient();
  const turns = useTurns();
  return useMutation({
    mutationFn: (_text: string) => createSession(agentId),
    onSuccess: (session, text) => {
      const detail: SessionDetail = { ...session, messages: [], running: null };
      queries.setQueryData(sessionQuery(session.id).queryKey, detail);
      const filter = keptFilter(`new.${agentId}`);
      keepFilter(session.id, filter);
      keepFilter(`new.${agentId}`, {});
      void turns.ask(session.id, text, filter);
      void queries.invalidateQueries({ queryKey: ["agent", agentId, "sessions"] });
      onSession(session.id);
    },
    onError: (error, text) => {
      setDraft(`new.${agentId}`, text);
      notifyError(error, "The conversation was not started");
    },
  });
}

/** The sources of the answer that is looked at, stored or still being written. */
function useCitations(sessionId: string | undefined, source: SourceRef | null): Citation[] {
  const turn = useTurn(sessionId);
  const detail = useQuery({
    ...sessionQuery(sessionId ?? ""),
    enabled: Boolean(sessionId && source),
  });
  if (!source) return [];
  if (turn?.messageId === source.messageId) return turn.citations;
  return detail.data?.messages.find((message) => message.id === source.messageId)?.citations ?? [];
}

/** The stored answer whose finding is looked at. */
function useFound(sessionId: string | undefined, id: string | undefined): Message | undefined {
  const detail = useQuery({ ...sessionQuery(sessionId ?? ""), enabled: Boolean(sessionId && id) });
  return detail.data?.messages.find((message) => message.id === id);
}
