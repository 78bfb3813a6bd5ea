import { Button, Group, SimpleGrid, Skeleton, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconPlus, IconRobot, IconSearch, IconSearchOff } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { agentsQuery } from "@/api/agents";
import type { Agent } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page } from "@/components/Page";
import { AgentCard } from "./AgentCard";
import { CreateAgentDialog } from "./CreateAgentDialog";

interface Props {
  q: string;
  onSearch: (q: string) => void;
  isCreating: boolean;
  onCreating: (open: boolean) => void;
  onCreated: (agent: Agent) => void;
}

export function AgentsPage({ q, onSearch, isCreating, onCreating, onCreated }: Props) {
  const agents = useInfiniteQuery({ ...agentsQuery(q), placeholderData: keepPreviousData });
  const items = agents.data?.pages.flatMap((page) => page.items) ?? [];
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => onCreating(true)}>
      New agent
    </Button>
  );
  const isEmpty = agents.isSuccess && items.length === 0;
  return (
    <Page
      title="Agents"
      lead="Each one has its own documents, instructions and history."
      action={create}
    >
      {(items.length > 0 || q) && <SearchField q={q} onSearch={onSearch} />}
      {agents.isPending && <GridSkeleton />}
      {agents.error && <ErrorNotice error={agents.error} onRetry={() => agents.refetch()} />}
      {isEmpty && !q && (
        <EmptyState
          icon={<IconRobot size={24} stroke={1.6} />}
          title="Make your first agent"
          action={create}
        >
          Give it a name, tell it what it is for, and drop in the documents it should know. It
          answers from them and shows where each answer comes from.
        </EmptyState>
      )}
      {isEmpty && q && (
        <EmptyState
          icon={<IconSearchOff size={24} stroke={1.6} />}
          title={`No agent matches “${q}”`}
          action={
            <Button variant="default" onClick={() => onSearch("")}>
              Show all agents
            </Button>
          }
        >
          The search looks at names and descriptions.
        </EmptyState>
      )}
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="md" component="ul" p={0} m={0}>
        {items.map((agent) => (
          <AgentCard key={agent.id} agent={agent} />
        ))}
      </SimpleGrid>
      {agents.hasNextPage && (
        <Group justify="center" mt="lg">
          <Button
            variant="default"
            onClick={() => agents.fetchNextPage()}
            loading={agents.isFetchingNextPage}
          >
            Show more
          </Button>
        </Group>
      )}
      <Text className="visually-hidden" role="status">
        {q && agents.isSuccess ? `${items.length} agents match` : ""}
      </Text>
      <CreateAgentDialog
        opened={isCreating}
        onClose={() => onCreating(false)}
        onCreated={onCreated}
      />
    </Page>
  );
}

function SearchField({ q, onSearch }: { q: string; onSearch: (q: string) => void }) {
  const [text, setText] = useState(q);
  const [shown, setShown] = useState(q);
  if (q !== shown) {
    setShown(q);
    if (q !== text.trim()) setText(q);
  }
  const search = useDebouncedCallback((value: string) => onSearch(value.trim()), 200);
  return (
    <TextInput
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        search(event.currentTarget.value);
      }}
      leftSection={<IconSearch size={16} stroke={1.7} aria-hidden />}
      placeholder="Search your agents"
      aria-label="Search your agents"
      type="search"
      maw={360}
      mb="lg"
    />
  );
}

function GridSkeleton() {
  return (
    <SimpleGrid
      cols={{ base: 1, xs: 2, md: 3 }}
      spacing="md"
      aria-busy="true"
      aria-label="Loading agents"
    >
      {["a", "b", "c"].map((key) => (
        <Skeleton key={key} h={136} radius="lg" />
      ))}
    </SimpleGrid>
  );
}
