import { Button, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPencilPlus, IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { pinnedSessionsQuery, sessionsQuery } from "@/api/sessions";
import type { Session } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import classes from "./SessionList.module.css";
import { SessionRow } from "./SessionRow";
import { groupSessions } from "./sessionGroups";

interface Props {
  agentId: string;
  currentId?: string;
  onGone: () => void;
}

const TITLE_WAIT_MS = 60_000;

/** A title is written after the first answer; until it is there, the list looks again. */
function waitsForTitle(sessions: Session[]): boolean {
  const since = Date.now() - TITLE_WAIT_MS;
  return sessions.some(
    (s) => !s.title && s.message_count > 0 && new Date(s.updated_at).getTime() > since,
  );
}

/** Pinned conversations are shown however old they are, and once. */
function merge(sessions: Session[], pinned: Session[]): Session[] {
  const known = new Set(sessions.map((session) => session.id));
  return [...sessions, ...pinned.filter((session) => !known.has(session.id))];
}

export function SessionList({ agentId, currentId, onGone }: Props) {
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 200);
  const list = useInfiniteQuery({
    ...sessionsQuery(agentId, q),
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      waitsForTitle(query.state.data?.pages.flatMap((page) => page.items) ?? []) ? 2500 : false,
  });
  const pinned = useQuery({ ...pinnedSessionsQuery(agentId), enabled: q === "" });
  const sessions = merge(
    list.data?.pages.flatMap((page) => page.items) ?? [],
    q === "" ? (pinned.data?.items ?? []) : [],
  );
  return (
    <div className={classes.list}>
      <div className={classes.top}>
        <Link
          to="/agents/$agentId/chat/{-$sessionId}"
          params={{ agentId, sessionId: undefined }}
          className={classes.create}
        >
          <IconPencilPlus size={17} stroke={1.7} aria-hidden />
          New conversation
        </Link>
        <TextInput
          type="search"
          size="sm"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          leftSection={<IconSearch size={15} stroke={1.7} aria-hidden />}
          placeholder="Search"
          aria-label="Search conversations"
        />
      </div>
      <nav className={classes.scroll} aria-label="Conversations">
        {list.isPending && <ListSkeleton />}
        {list.error && <ErrorNotice error={list.error} onRetry={() => list.refetch()} />}
        {list.isSuccess && sessions.length === 0 && (
          <Text size="sm" c="dimmed" px={8} py="xs">
            {q ? `Nothing matches “${q}”.` : "Your conversations will be listed here."}
          </Text>
        )}
        {groupSessions(sessions).map((group) => (
          <section key={group.label} aria-label={group.label}>
            <h2 className={classes.day}>{group.label}</h2>
            <ul className={classes.rows}>
              {group.sessions.map((session) => (
                <SessionRow
                  key={session.id}
                  session={session}
                  isCurrent={session.id === currentId}
                  onDeleted={() => session.id === currentId && onGone()}
                />
              ))}
            </ul>
          </section>
        ))}
        {list.hasNextPage && (
          <Button
            variant="subtle"
            color="gray"
            size="xs"
            fullWidth
            mt="xs"
            onClick={() => list.fetchNextPage()}
            loading={list.isFetchingNextPage}
          >
            Show older
          </Button>
        )}
      </nav>
    </div>
  );
}

function ListSkeleton() {
  return (
    <Stack gap={10} p={8} aria-busy="true" aria-label="Loading conversations">
      {[80, 60, 90, 70].map((width) => (
        <Skeleton key={width} h={14} w={`${width}%`} />
      ))}
    </Stack>
  );
}
