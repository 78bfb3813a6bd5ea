import { Button, Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useRef } from "react";
import classes from "./Knowledge.module.css";
import { usePageDrop } from "./usePageDrop";

const ACCEPT = ".txt,.md,.pdf,.docx,.html,.htm,.csv,.xlsx,.pptx";

/** A place to drop documents; while they are dragged it takes the whole page. */
export function DropZone({ onFiles }: { onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const isDragging = usePageDrop(onFiles);
  return (
    <section className={classes.drop} aria-label="Add documents">
      <IconUpload size={22} stroke={1.6} className={classes.dropIcon} aria-hidden />
      <div className={classes.dropText}>
        <Text fw={500}>Drop documents here</Text>
        <Text size="sm" c="dimmed">
          PDF, Word, PowerPoint, Excel, CSV, HTML, Markdown or text
        </Text>
      </div>
      <Button variant="default" onClick={() => input.current?.click()}>
        Choose files
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={ACCEPT}
        aria-label="Documents to add"
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = "";
          if (files.length > 0) onFiles(files);
        }}
      />
      {isDragging && (
        <div className={classes.overlay} aria-hidden>
          <div className={classes.overlayCard}>
            <IconUpload size={32} stroke={1.5} />
            Drop to teach it to your agent
          </div>
        </div>
      )}
    </section>
  );
}
