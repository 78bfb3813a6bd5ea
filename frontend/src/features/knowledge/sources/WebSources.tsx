import { Skeleton, Text } from "@mantine/core";
import { IconWorld } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { sourcesQuery } from "@/api/sources";
import { ErrorNotice } from "@/components/ErrorNotice";
import { AddFromWeb } from "./AddFromWeb";
import { SourceRow } from "./SourceRow";
import classes from "./Sources.module.css";
import { isBusy } from "./words";

const POLL_MS = 2_000;

interface Props {
  agentId: string;
  /** Whether changes are told as they happen; otherwise the list asks for them. */
  isLive: boolean;
}

/** The pages and sites an agent reads, and the way to add one. */
export function WebSources({ agentId, isLive }: Props) {
  const sources = useQuery({
    ...sourcesQuery(agentId),
    refetchInterval: (query) => (!isLive && query.state.data?.some(isBusy) ? POLL_MS : false),
  });
  return (
    <section className={classes.web} aria-label="From the web">
      <div className={classes.head}>
        <IconWorld size={20} stroke={1.6} className={classes.icon} aria-hidden />
        <div className={classes.headText}>
          <Text fw={500}>From the web</Text>
          {sources.data?.length === 0 && (
            <Text size="sm" c="dimmed">
              Read a page or a whole site, and keep up with it by syncing.
            </Text>
          )}
        </div>
        <AddFromWeb agentId={agentId} />
      </div>
      {sources.isPending && (
        <Skeleton h={44} mt="sm" aria-busy="true" aria-label="Loading what it reads on the web" />
      )}
      {sources.isError && (
        <ErrorNotice
          error={sources.error}
          safe="What was read is safe."
          onRetry={() => void sources.refetch()}
        />
      )}
      {sources.data && sources.data.length > 0 && (
        <ul className={classes.list}>
          {sources.data.map((source) => (
            <SourceRow key={source.id} source={source} />
          ))}
        </ul>
      )}
    </section>
  );
}
