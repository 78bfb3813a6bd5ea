import { Button, Menu, Popover, TagsInput, Text, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconFiles, IconFolder, IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { formatsQuery, tagsQuery } from "@/api/files";
import type { Formats } from "@/api/types";
import { formatSize } from "@/lib/format";
import { chosenFiles } from "./dropped";
import { formatsInShort, ocrInWords, refusal } from "./formats";
import { PasteDialog } from "./PasteDialog";
import classes from "./Upload.module.css";
import type { UploadQueue } from "./uploadQueue";
import { usePageDrop } from "./usePageDrop";
import { usePaste } from "./usePaste";

const MOST_TAGS = 20;
const LONGEST_TAG = 50;

interface Props {
  agentId: string;
  queue: UploadQueue;
  /** Files may be dropped on every part of the page; the box itself need not be seen. */
  isHidden: boolean;
}

/** A place to drop documents; while they are dragged it takes the whole page. */
export function DropZone({ agentId, queue, isHidden }: Props) {
  const formats = useQuery(formatsQuery()).data;
  const known = useQuery(tagsQuery(agentId)).data;
  const [tags, setTags] = useState<string[]>([]);
  const [replace, setReplace] = useState(false);
  const [pasted, setPasted] = useState<string | null>(null);
  const add = (files: File[]) =>
    queue.add(files, { tags, replace }, (file) => refusal(file, formats));
  const isDragging = usePageDrop(add);
  usePaste(add, setPasted);
  return (
    <>
      <section className={classes.drop} aria-label="Add documents" hidden={isHidden}>
        <IconUpload size={22} stroke={1.6} className={classes.dropIcon} aria-hidden />
        <div className={classes.dropText}>
          <Text fw={500}>Drop documents or folders here, or paste</Text>
          {formats ? (
            <AcceptedFormats formats={formats} />
          ) : (
            <Text size="sm" c="dimmed">
              PDF, Word, tables, web pages, mail, text and more
            </Text>
          )}
        </div>
        <TagsInput
          className={classes.tags}
          value={tags}
          onChange={setTags}
          data={(known ?? []).map(({ tag }) => tag)}
          maxTags={MOST_TAGS}
          maxLength={LONGEST_TAG}
          placeholder={tags.length === 0 ? "Tags for what you add" : undefined}
          aria-label="Tags for the documents you add, optional"
          clearable
        />
        <Choose formats={formats} onFiles={add} replace={replace} onReplace={setReplace} />
      </section>
      {isDragging && (
        <div className={classes.overlay} aria-hidden>
          <div className={classes.overlayCard}>
            <IconUpload size={32} stroke={1.5} />
            Drop to teach it to your agent
            {tags.length > 0 && <Text size="sm">with the tags {tags.join(", ")}</Text>}
          </div>
        </div>
      )}
      <PasteDialog
        text={pasted}
        onClose={() => setPasted(null)}
        onAdd={(file) => {
          setPasted(null);
          add([file]);
        }}
      />
    </>
  );
}

interface ChooseProps {
  formats: Formats | undefined;
  onFiles: (files: File[]) => void;
  replace: boolean;
  onReplace: (replace: boolean) => void;
}

function Choose({ formats, onFiles, replace, onReplace }: ChooseProps) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement) => {
    const chosen = chosenFiles(input.files ?? []);
    input.value = "";
    if (chosen.length > 0) onFiles(chosen);
  };
  return (
    <>
      <Button.Group className={classes.choose}>
        <Button variant="default" flex={1} onClick={() => files.current?.click()}>
          Choose files
        </Button>
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" px={9} aria-label="More ways to add">
              <IconChevronDown size={16} stroke={1.7} />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<IconFiles size={15} stroke={1.7} />}
              onClick={() => files.current?.click()}
            >
              Choose files
            </Menu.Item>
            <Menu.Item
              leftSection={<IconFolder size={15} stroke={1.7} />}
              onClick={() => folder.current?.click()}
            >
              Choose a folder
            </Menu.Item>
            <Menu.Divider />
            <Menu.CheckboxItem checked={replace} onChange={onReplace} closeMenuOnClick={false}>
              Replace documents of the same name
            </Menu.CheckboxItem>
          </Menu.Dropdown>
        </Menu>
      </Button.Group>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        accept={formats?.formats.flatMap(({ suffixes }) => suffixes).join(",")}
        aria-label="Documents to add"
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={folder}
        type="file"
        // React's types do not know this attribute, which all browsers do.
        {...{ webkitdirectory: "" }}
        hidden
        aria-label="A folder to add"
        onChange={(event) => take(event.currentTarget)}
      />
    </>
  );
}

function AcceptedFormats({ formats }: { formats: Formats }) {
  return (
    <Popover width={340} position="bottom-start" withRoles trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className={classes.formats} aria-label="Which files can be read?">
          {formatsInShort(formats)}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <dl className={classes.formatList} tabIndex={0}>
          {formats.formats.map(({ label, suffixes }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{suffixes.join(" ")}</dd>
            </div>
          ))}
        </dl>
        <Text size="xs" mt="sm">
          {ocrInWords(formats)} Up to {formatSize(formats.max_upload_bytes)} a file.
        </Text>
      </Popover.Dropdown>
    </Popover>
  );
}
