import { Checkbox } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import type { KnowledgeFile } from "@/api/types";
import { nextSorting, type Sorting, type SortKey } from "./arrange";
import classes from "./Documents.module.css";
import { FileRow } from "./FileRow";
import type { FileActions } from "./useFileActions";

const COLUMNS: { key: SortKey; label: string; isNumber?: boolean }[] = [
  { key: "name", label: "Name" },
  { key: "pages", label: "Pages", isNumber: true },
  { key: "chunks", label: "Chunks", isNumber: true },
  { key: "size", label: "Size", isNumber: true },
  { key: "state", label: "State" },
  { key: "added", label: "Added" },
];

interface Props {
  agentId: string;
  files: KnowledgeFile[];
  actions: FileActions;
  sorting: Sorting;
  onSort: (sorting: Sorting) => void;
  selected: ReadonlySet<string>;
  onSelect: (ids: string[], isSelected: boolean) => void;
  onOpen: (file: KnowledgeFile) => void;
  onTag: (tag: string) => void;
}

/** The documents: a table, or cards on a phone. */
export function FileTable(props: Props) {
  const { agentId, files, actions, sorting, onSort, selected, onSelect, onOpen, onTag } = props;
  const chosen = files.filter((file) => selected.has(file.id)).length;
  return (
    <table className={classes.table}>
      <caption className="visually-hidden">Documents of this agent</caption>
      <thead>
        <tr>
          <th data-cell="select">
            <Checkbox
              size="xs"
              aria-label="Choose all on this page"
              checked={chosen > 0 && chosen === files.length}
              indeterminate={chosen > 0 && chosen < files.length}
              onChange={(event) =>
                onSelect(
                  files.map(({ id }) => id),
                  event.currentTarget.checked,
                )
              }
            />
          </th>
          {COLUMNS.map(({ key, label, isNumber }) => (
            <th
              key={key}
              scope="col"
              data-kind={isNumber ? "number" : undefined}
              aria-sort={
                sorting.key !== key ? "none" : sorting.descending ? "descending" : "ascending"
              }
            >
              <button
                type="button"
                className={classes.sort}
                onClick={() => onSort(nextSorting(sorting, key))}
              >
                {label}
                {sorting.key === key &&
                  (sorting.descending ? (
                    <IconArrowDown size={13} aria-hidden />
                  ) : (
                    <IconArrowUp size={13} aria-hidden />
                  ))}
              </button>
            </th>
          ))}
          <th>
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {files.map((file) => (
          <FileRow
            key={file.id}
            agentId={agentId}
            file={file}
            actions={actions}
            isBusy={actions.busy.has(file.id)}
            isSelected={selected.has(file.id)}
            onSelect={onSelect}
            onOpen={onOpen}
            onTag={onTag}
          />
        ))}
      </tbody>
    </table>
  );
}
