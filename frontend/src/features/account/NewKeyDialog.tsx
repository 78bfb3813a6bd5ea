import { Button, CopyButton, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { createApiKey } from "@/api/auth";
import { ErrorNotice } from "@/components/ErrorNotice";
import classes from "./ApiKeys.module.css";

const LIFETIMES = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "A year" },
  { value: "0", label: "Never" },
];

export function NewKeyDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const queries = useQueryClient();
  const form = useForm({
    initialValues: { name: "", days: "90" },
    validate: { name: (value) => (value.trim() ? null : "Say what it is for") },
  });
  const create = useMutation({
    mutationFn: ({ name, days }: { name: string; days: string }) =>
      createApiKey({ name: name.trim(), expires_in_days: Number(days) || undefined }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["api-keys"] }),
  });

  function close() {
    onClose();
    create.reset();
    form.reset();
  }

  return (
    <Modal
      opened={opened}
      onClose={close}
      title={create.data ? "Copy your key now" : "New API key"}
      closeOnClickOutside={!create.data}
    >
      {create.data ? (
        <ShownOnce value={create.data.key} onDone={close} />
      ) : (
        <form onSubmit={form.onSubmit((values) => create.mutate(values))} noValidate>
          <Stack gap="md">
            <TextInput
              label="Name"
              placeholder="Nightly report"
              data-autofocus
              maxLength={120}
              {...form.getInputProps("name")}
            />
            <Select
              label="Expires after"
              data={LIFETIMES}
              allowDeselect={false}
              {...form.getInputProps("days")}
            />
            {create.error && <ErrorNotice error={create.error} />}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" loading={create.isPending}>
                Create key
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function ShownOnce({ value, onDone }: { value: string; onDone: () => void }) {
  return (
    <Stack gap="md">
      <Text>It is shown only this once. Keep it where you keep passwords.</Text>
      <div className={classes.key}>{value}</div>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onDone}>
          Done
        </Button>
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Button
              onClick={copy}
              data-autofocus
              leftSection={
                copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />
              }
            >
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Stack>
  );
}
