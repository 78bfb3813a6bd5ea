import { Button, Group, Loader, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import classes from "./Knowledge.module.css";
import type { Upload, Uploads } from "./useUploads";

/** Files that are not at the server yet, and those it refused with its reason. */
export function UploadList({ uploads, retry, dismiss }: Omit<Uploads, "add">) {
  if (uploads.length === 0) return null;
  return (
    <ul className={classes.uploads} aria-label="Uploads">
      {uploads.map((upload) => (
        <li key={upload.key} className={classes.upload} role={upload.error ? "alert" : undefined}>
          <UploadRow
            upload={upload}
            onRetry={() => retry(upload)}
            onDismiss={() => dismiss(upload.key)}
          />
        </li>
      ))}
    </ul>
  );
}

function UploadRow({
  upload,
  onRetry,
  onDismiss,
}: {
  upload: Upload;
  onRetry: () => void;
  onDismiss: () => void;
}) {
  if (!upload.error) {
    return (
      <Group gap="sm" wrap="nowrap">
        <Loader size={14} color="gray" aria-hidden />
        <Text size="sm" truncate flex={1}>
          {upload.file.name}
        </Text>
        <Text size="sm" c="dimmed">
          Uploading…
        </Text>
      </Group>
    );
  }
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <IconAlertTriangle size={17} stroke={1.7} color="var(--ag-bad)" aria-hidden />
      <div className={classes.uploadText}>
        <Text size="sm" fw={500}>
          {upload.file.name}
        </Text>
        <Text size="sm" c="dimmed">
          {upload.error}
        </Text>
      </div>
      <Button size="compact-sm" variant="default" onClick={onRetry}>
        Try again
      </Button>
      <Button size="compact-sm" variant="subtle" color="gray" onClick={onDismiss}>
        Dismiss
      </Button>
    </Group>
  );
}
