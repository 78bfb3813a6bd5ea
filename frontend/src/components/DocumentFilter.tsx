import {
  Button,
  CloseButton,
  Group,
  MultiSelect,
  Popover,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { filesQuery, tagsQuery } from "@/api/files";
import type { Filter } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { activeFilter, filterInWords, isFiltered } from "@/lib/filter";

const MOST_OPTIONS = 100;

interface Props {
  agentId: string;
  filter: Filter;
  onFilter: (filter: Filter) => void;
  position?: "top-start" | "bottom-start";
}

/** Which documents are looked at: all of them, or those with a tag, some files, some days. */
export function DocumentFilter({ agentId, filter, onFilter, position = "bottom-start" }: Props) {
  const [isOpen, setOpen] = useState(false);
  const words = filterInWords(filter);
  return (
    <Group gap={4} wrap="nowrap" miw={0}>
      <Popover
        opened={isOpen}
        onChange={setOpen}
        position={position}
        width={320}
        trapFocus
        returnFocus
        withRoles
      >
        <Popover.Target>
          <Button
            size="compact-sm"
            variant={isFiltered(filter) ? "light" : "subtle"}
            color={isFiltered(filter) ? "indigo" : "gray"}
            leftSection={<IconFilter size={14} stroke={1.7} aria-hidden />}
            onClick={() => setOpen(!isOpen)}
            fw={500}
            miw={0}
          >
            {words ?? "All documents"}
          </Button>
        </Popover.Target>
        <Popover.Dropdown aria-label="Which documents">
          {isOpen && <FilterForm agentId={agentId} filter={filter} onFilter={onFilter} />}
        </Popover.Dropdown>
      </Popover>
      {isFiltered(filter) && (
        <CloseButton size="sm" aria-label="Look at all documents" onClick={() => onFilter({})} />
      )}
    </Group>
  );
}

function FilterForm({ agentId, filter, onFilter }: Omit<Props, "position">) {
  const tags = useQuery(tagsQuery(agentId));
  const files = useQuery(filesQuery(agentId));
  const change = (part: Filter) => onFilter(activeFilter({ ...filter, ...part }));
  const error = tags.error ?? files.error;
  if (error) {
    return <ErrorNotice error={error} onRetry={() => [tags.refetch(), files.refetch()]} />;
  }
  return (
    <Stack gap="sm">
      <MultiSelect
        label="With one of these tags"
        data={(tags.data ?? []).map(({ tag, files: count }) => ({
          value: tag,
          label: `${tag} (${count})`,
        }))}
        value={filter.tags ?? []}
        onChange={(value) => change({ tags: value })}
        placeholder={filter.tags?.length ? undefined : "Any tag or none"}
        nothingFoundMessage="Your documents have no tags yet."
        comboboxProps={{ withinPortal: false }}
        openOnFocus={false}
        searchable
        clearable
      />
      <MultiSelect
        label="Only these documents"
        data={(files.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        value={filter.files ?? []}
        onChange={(value) => change({ files: value })}
        placeholder={filter.files?.length ? undefined : "All"}
        limit={MOST_OPTIONS}
        nothingFoundMessage="No document has that name."
        comboboxProps={{ withinPortal: false }}
        openOnFocus={false}
        searchable
        clearable
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput
          type="date"
          label="Added from"
          value={dayOf(filter.added_from)}
          onChange={(event) => change({ added_from: startOf(event.currentTarget.value) })}
        />
        <TextInput
          type="date"
          label="Added before"
          value={dayOf(filter.added_before)}
          onChange={(event) => change({ added_before: startOf(event.currentTarget.value) })}
        />
      </SimpleGrid>
      <Text size="xs" c="dimmed">
        Only these documents are searched.
      </Text>
    </Stack>
  );
}

/** A day as a date field writes it, in the reader's own time. */
function dayOf(time: string | null | undefined): string {
  if (!time) return "";
  const at = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function startOf(day: string): string | undefined {
  return day ? new Date(`${day}T00:00:00`).toISOString() : undefined;
}
