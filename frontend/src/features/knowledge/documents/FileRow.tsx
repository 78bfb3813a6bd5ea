import { ActionIcon, Checkbox, Loader, Menu } from "@mantine/core";
import {
  IconDots,
  IconDownload,
  IconExternalLink,
  IconListDetails,
  IconPlayerStop,
  IconRefresh,
  IconTag,
  IconTrash,
} from "@tabler/icons-react";
import { useState } from "react";
import { downloadFile } from "@/api/files";
import type { KnowledgeFile } from "@/api/types";
import { notifyError } from "@/components/notify";
import { When } from "@/components/When";
import { formatCount, formatSize } from "@/lib/format";
import { webAddress } from "@/lib/match";
import { isProcessing } from "../fileNews";
import classes from "./Documents.module.css";
import { FileState } from "./FileState";
import { TagEditor } from "./TagEditor";
import type { FileActions } from "./useFileActions";

interface Props {
  agentId: string;
  file: KnowledgeFile;
  actions: FileActions;
  isBusy: boolean;
  isSelected: boolean;
  onSelect: (ids: string[], isSelected: boolean) => void;
  onOpen: (file: KnowledgeFile) => void;
  onTag: (tag: string) => void;
}

export function FileRow(props: Props) {
  const { agentId, file, actions, isBusy, isSelected, onSelect, onOpen, onTag } = props;
  return (
    <tr data-selected={isSelected || undefined}>
      <td data-cell="select">
        <Checkbox
          size="xs"
          aria-label={`Choose ${file.name}`}
          checked={isSelected}
          onChange={(event) => onSelect([file.id], event.currentTarget.checked)}
        />
      </td>
      <td data-cell="name">
        <button
          type="button"
          className={classes.name}
          onClick={() => onOpen(file)}
          title={file.name}
        >
          {file.name}
        </button>
        {file.tags.length > 0 && (
          <ul className={classes.tagList} aria-label={`Tags of ${file.name}`}>
            {file.tags.map((tag) => (
              <li key={tag}>
                <button
                  type="button"
                  className={classes.tag}
                  onClick={() => onTag(tag)}
                  aria-label={`Show only documents with the tag ${tag}`}
                >
                  {tag}
                </button>
              </li>
            ))}
          </ul>
        )}
      </td>
      <NumberCell one="page" value={file.pages} />
      <NumberCell one="chunk" value={file.chunks} />
      <td data-kind="number">{formatSize(file.size)}</td>
      <td data-cell="state">
        <FileState file={file} onRetry={(it) => actions.retry([it])} isRetrying={isBusy} />
      </td>
      <td data-cell="added">
        <When at={file.created_at} />
      </td>
      <td data-cell="actions">
        <FileMenu
          agentId={agentId}
          file={file}
          actions={actions}
          isBusy={isBusy}
          onOpen={() => onOpen(file)}
        />
      </td>
    </tr>
  );
}

function NumberCell({ one, value }: { one: string; value: number | null }) {
  // Cards on a phone have no head that would name the figure.
  const label = value === 1 ? one : `${one}s`;
  return (
    <td data-kind="number" data-label={label} data-empty={value === null || undefined}>
      {value === null ? "–" : formatCount(value)}
    </td>
  );
}

interface MenuProps {
  agentId: string;
  file: KnowledgeFile;
  actions: FileActions;
  isBusy: boolean;
  onOpen: () => void;
}

function FileMenu({ agentId, file, actions, isBusy, onOpen }: MenuProps) {
  const [isTagging, setTagging] = useState(false);
  const address = webAddress(file.source_url);
  const download = () =>
    downloadFile(agentId, file.id, file.name).catch((error: unknown) => notifyError(error));
  return (
    <TagEditor
      agentId={agentId}
      tags={file.tags}
      title={`Tags of ${file.name}`}
      action="Save"
      isOpen={isTagging}
      onClose={() => setTagging(false)}
      onSave={(tags) => actions.setTags(file, tags)}
    >
      <span>
        <Menu position="bottom-end" width={200}>
          <Menu.Target>
            <ActionIcon aria-label={`Actions for ${file.name}`}>
              {isBusy ? <Loader size={14} color="gray" /> : <IconDots size={17} />}
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconListDetails size={15} />} onClick={onOpen}>
              Open
            </Menu.Item>
            <Menu.Item leftSection={<IconTag size={15} />} onClick={() => setTagging(true)}>
              Edit tags
            </Menu.Item>
            {address && (
              <Menu.Item
                component="a"
                href={address}
                target="_blank"
                rel="noopener noreferrer"
                leftSection={<IconExternalLink size={15} />}
              >
                Open the web page
              </Menu.Item>
            )}
            <Menu.Item leftSection={<IconDownload size={15} />} onClick={download}>
              Download
            </Menu.Item>
            {file.status === "failed" && (
              <Menu.Item
                leftSection={<IconRefresh size={15} />}
                onClick={() => actions.retry([file])}
              >
                Try again
              </Menu.Item>
            )}
            {isProcessing(file) && (
              <Menu.Item
                leftSection={<IconPlayerStop size={15} />}
                onClick={() => actions.cancel([file])}
              >
                Stop reading it
              </Menu.Item>
            )}
            <Menu.Divider />
            <Menu.Item
              leftSection={<IconTrash size={15} />}
              color="red"
              onClick={() => actions.remove([file])}
            >
              Remove
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </span>
    </TagEditor>
  );
}
