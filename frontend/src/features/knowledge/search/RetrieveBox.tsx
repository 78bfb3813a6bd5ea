import { Button, Group, Loader, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { retrieveQuery } from "@/api/files";
import type { Filter, RetrievedChunk } from "@/api/types";
import { DocumentFilter } from "@/components/DocumentFilter";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Found } from "./Found";
import classes from "./Search.module.css";

interface Props {
  agentId: string;
  query: string;
  filter: Filter;
  onQuery: (query: string, filter: Filter) => void;
  onOpen: (chunk: RetrievedChunk) => void;
}

/** Asks what the agent would read for a question, without having it answered. */
export function RetrieveBox({ agentId, query, filter, onQuery, onOpen }: Props) {
  const [text, setText] = useState(query);
  const found = useQuery(retrieveQuery(agentId, query, filter));
  return (
    <section aria-labelledby="retrieve-title">
      <h2 id="retrieve-title" className={classes.title}>
        What would the agent read?
      </h2>
      <Text size="sm" c="dimmed" mb="sm">
        Write a question and see the passages it would get, and why it would get them.
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() === query) void found.refetch();
          else onQuery(text.trim(), filter);
        }}
      >
        <Group gap="xs" wrap="nowrap">
          <TextInput
            flex={1}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            leftSection={<IconSearch size={16} stroke={1.7} aria-hidden />}
            rightSection={found.isFetching && <Loader size={14} color="gray" aria-hidden />}
            placeholder="How many days of leave do I have?"
            aria-label="A question to the documents"
          />
          {/* Never disabled while it searches: Enter would do nothing then. */}
          <Button type="submit" disabled={!text.trim()}>
            Look
          </Button>
        </Group>
      </form>
      <Group mt={6}>
        <DocumentFilter
          agentId={agentId}
          filter={filter}
          onFilter={(next) => onQuery(query, next)}
        />
      </Group>
      <div aria-live="polite">
        {found.isLoading && (
          <Stack mt="md" gap="sm" aria-busy="true" aria-label="Searching">
            <Skeleton h={20} w={280} />
            <Skeleton h={96} />
            <Skeleton h={96} />
          </Stack>
        )}
        {found.error && (
          <div className={classes.gap}>
            <ErrorNotice error={found.error} onRetry={() => found.refetch()} />
          </div>
        )}
        {query && found.data && !found.error && <Found result={found.data} onOpen={onOpen} />}
      </div>
    </section>
  );
}
