import {
  Button,
  Group,
  MultiSelect,
  Pagination,
  SegmentedControl,
  Text,
  TextInput,
} from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useDeferredValue, useMemo, useState } from "react";
import type { KnowledgeFile } from "@/api/types";
import { formatCount, plural } from "@/lib/format";
import { chosen, countStates, NEWEST, type Sorting, type StateFilter, sorted } from "./arrange";
import { BulkBar } from "./BulkBar";
import classes from "./Documents.module.css";
import { FileTable } from "./FileTable";
import { useFileActions } from "./useFileActions";

const PAGE = 50;
const FILTERS_FROM = 2;

interface Props {
  agentId: string;
  files: KnowledgeFile[];
  onOpen: (file: KnowledgeFile) => void;
}

/** The list of documents: searched, filtered, sorted and shown a page at a time. */
export function Documents({ agentId, files, onOpen }: Props) {
  const actions = useFileActions(agentId);
  const [text, setText] = useState("");
  const [tags, setTags] = useState<string[]>([]);
  const [state, setState] = useState<StateFilter>("all");
  const [sorting, setSorting] = useState<Sorting>(NEWEST);
  const [page, setPage] = useState(1);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const typed = useDeferredValue(text);

  const list = useMemo(
    () => sorted(chosen(files, { text: typed, tags, state }), sorting),
    [files, typed, tags, state, sorting],
  );
  const pages = Math.max(1, Math.ceil(list.length / PAGE));
  const at = Math.min(page, pages);
  const shown = list.slice((at - 1) * PAGE, at * PAGE);
  const picked = list.filter((file) => selected.has(file.id));

  function select(ids: string[], isSelected: boolean) {
    setSelected((old) => {
      const next = new Set(old);
      for (const id of ids) {
        if (isSelected) next.add(id);
        else next.delete(id);
      }
      return next;
    });
  }
  function clear() {
    setText("");
    setTags([]);
    setState("all");
  }

  return (
    <section aria-label="Documents">
      {files.length >= FILTERS_FROM && (
        <Filters
          files={files}
          text={text}
          onText={setText}
          tags={tags}
          onTags={setTags}
          state={state}
          onState={setState}
        />
      )}
      {picked.length > 0 && (
        <BulkBar
          agentId={agentId}
          selected={picked}
          total={list.length}
          onAll={() => setSelected(new Set(list.map(({ id }) => id)))}
          onNone={() => setSelected(new Set())}
          actions={actions}
        />
      )}
      {list.length === 0 ? (
        <div className={classes.nothing}>
          <Text c="dimmed">No document is like that.</Text>
          <Button size="xs" variant="default" onClick={clear}>
            Show all {plural(files.length, "document")}
          </Button>
        </div>
      ) : (
        <FileTable
          agentId={agentId}
          files={shown}
          actions={actions}
          sorting={sorting}
          onSort={setSorting}
          selected={selected}
          onSelect={select}
          onOpen={onOpen}
          onTag={(tag) => setTags([tag])}
        />
      )}
      {pages > 1 && (
        <Group justify="space-between" mt="md" gap="sm">
          <Text size="sm" c="dimmed" role="status" className="tabular">
            {formatCount((at - 1) * PAGE + 1)} to {formatCount((at - 1) * PAGE + shown.length)} of{" "}
            {formatCount(list.length)}
          </Text>
          <Pagination
            total={pages}
            value={at}
            onChange={setPage}
            size="sm"
            getItemProps={(item) => ({ "aria-label": `Page ${item}` })}
            getControlProps={(control) => ({
              "aria-label": control === "next" ? "Next page" : "Earlier page",
            })}
          />
        </Group>
      )}
    </section>
  );
}

interface FilterProps {
  files: KnowledgeFile[];
  text: string;
  onText: (text: string) => void;
  tags: string[];
  onTags: (tags: string[]) => void;
  state: StateFilter;
  onState: (state: StateFilter) => void;
}

const STATES: [StateFilter, string][] = [
  ["all", "All"],
  ["reading", "Being read"],
  ["ready", "Ready"],
  ["attention", "To look at"],
];

function Filters({ files, text, onText, tags, onTags, state, onState }: FilterProps) {
  const counts = useMemo(() => countStates(files), [files]);
  const known = useMemo(
    () => [...new Set(files.flatMap((file) => file.tags))].sort((a, b) => a.localeCompare(b)),
    [files],
  );
  return (
    <div className={classes.filters}>
      <TextInput
        className={classes.search}
        value={text}
        onChange={(event) => onText(event.currentTarget.value)}
        leftSection={<IconSearch size={15} stroke={1.7} aria-hidden />}
        placeholder="Search by name"
        aria-label="Search the documents by name"
        type="search"
      />
      {(known.length > 0 || tags.length > 0) && (
        <MultiSelect
          className={classes.tagFilter}
          data={known}
          value={tags}
          onChange={onTags}
          placeholder={tags.length === 0 ? "All tags" : undefined}
          aria-label="Show only documents with one of these tags"
          clearable
          searchable
        />
      )}
      <SegmentedControl
        className={classes.stateFilter}
        size="xs"
        value={state}
        onChange={(value) => onState(value as StateFilter)}
        aria-label="Show only documents in this state"
        data={STATES.map(([value, label]) => ({
          value,
          label: counts[value] > 0 ? `${label} ${formatCount(counts[value])}` : label,
        }))}
      />
    </div>
  );
}
