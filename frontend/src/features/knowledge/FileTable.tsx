import { ActionIcon, Menu, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconDots, IconDownload, IconListDetails, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { agentQuery } from "@/api/agents";
import { deleteFile, downloadFile, filesQuery, retryFile } from "@/api/files";
import type { KnowledgeFile } from "@/api/types";
import { notifyDone, notifyError } from "@/components/notify";
import { When } from "@/components/When";
import { formatCount, formatSize } from "@/lib/format";
import { FileState } from "./FileState";
import classes from "./Knowledge.module.css";
import { mergeFile } from "./useFileEvents";

interface Props {
  agentId: string;
  files: KnowledgeFile[];
  onOpen: (file: KnowledgeFile) => void;
}

/** The documents: a table, or cards on a phone. */
export function FileTable({ agentId, files, onOpen }: Props) {
  const queries = useQueryClient();
  const retry = useMutation({
    mutationFn: (file: KnowledgeFile) => retryFile(agentId, file.id),
    onSuccess: (file) =>
      queries.setQueryData(filesQuery(agentId).queryKey, (old) => mergeFile(old, file)),
    onError: (error) => notifyError(error),
  });
  const remove = useMutation({
    mutationFn: (file: KnowledgeFile) => deleteFile(agentId, file.id),
    onSuccess: (_, gone) => {
      queries.setQueryData(filesQuery(agentId).queryKey, (old) =>
        old?.filter((file) => file.id !== gone.id),
      );
      void queries.invalidateQueries({ queryKey: agentQuery(agentId).queryKey, exact: true });
      notifyDone(`${gone.name} was removed`);
    },
    onError: (error) => notifyError(error, "The document was not removed"),
  });

  function confirmRemove(file: KnowledgeFile) {
    modals.openConfirmModal({
      title: `Remove ${file.name}?`,
      children: (
        <Text>The agent stops reading it at once. Earlier answers keep their sources.</Text>
      ),
      labels: { confirm: "Remove", cancel: "Keep it" },
      confirmProps: { color: "red" },
      onConfirm: () => remove.mutate(file),
    });
  }

  return (
    <table className={classes.table}>
      <caption className="visually-hidden">Documents of this agent</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" data-kind="number">
            Pages
          </th>
          <th scope="col" data-kind="number">
            Chunks
          </th>
          <th scope="col" data-kind="number">
            Size
          </th>
          <th scope="col">State</th>
          <th scope="col">Added</th>
          <th>
            <span className="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {files.map((file) => (
          <tr key={file.id}>
            <td data-cell="name">
              <button
                type="button"
                className={classes.name}
                onClick={() => onOpen(file)}
                title={file.name}
              >
                {file.name}
              </button>
            </td>
            <NumberCell label="pages" value={file.pages} />
            <NumberCell label="chunks" value={file.chunks} />
            <td data-kind="number">{formatSize(file.size)}</td>
            <td data-cell="state">
              <FileState
                file={file}
                onRetry={retry.mutate}
                isRetrying={retry.isPending && retry.variables.id === file.id}
              />
            </td>
            <td data-cell="added">
              <When at={file.created_at} />
            </td>
            <td data-cell="actions">
              <FileMenu agentId={agentId} file={file} onOpen={onOpen} onRemove={confirmRemove} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function NumberCell({ label, value }: { label: string; value: number | null }) {
  return (
    <td data-kind="number" data-label={label} data-empty={value === null || undefined}>
      {value === null ? "–" : formatCount(value)}
    </td>
  );
}

interface FileMenuProps {
  agentId: string;
  file: KnowledgeFile;
  onOpen: (file: KnowledgeFile) => void;
  onRemove: (file: KnowledgeFile) => void;
}

function FileMenu({ agentId, file, onOpen, onRemove }: FileMenuProps) {
  const download = () =>
    downloadFile(agentId, file.id, file.name).catch((error: unknown) => notifyError(error));
  return (
    <Menu position="bottom-end" width={190}>
      <Menu.Target>
        <ActionIcon aria-label={`Actions for ${file.name}`}>
          <IconDots size={17} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconListDetails size={15} />} onClick={() => onOpen(file)}>
          See its chunks
        </Menu.Item>
        <Menu.Item leftSection={<IconDownload size={15} />} onClick={download}>
          Download
        </Menu.Item>
        <Menu.Item leftSection={<IconTrash size={15} />} color="red" onClick={() => onRemove(file)}>
          Remove
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
