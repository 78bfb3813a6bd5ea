import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { createAgent } from "@/api/agents";
import type { Agent } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { EmblemPicker } from "./EmblemPicker";

interface Props {
  opened: boolean;
  onClose: () => void;
  onCreated: (agent: Agent) => void;
}

const EMPTY = { name: "", description: "", instruction: "", emblem: "sparkles" };

export function CreateAgentDialog({ opened, onClose, onCreated }: Props) {
  const queries = useQueryClient();
  const form = useForm({
    initialValues: EMPTY,
    validate: { name: (value) => (value.trim() ? null : "Give it a name") },
  });
  const create = useMutation({
    mutationFn: createAgent,
    onSuccess: async (agent) => {
      await queries.invalidateQueries({ queryKey: ["agents"] });
      form.reset();
      onCreated(agent);
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title="New agent" size="md">
      <form onSubmit={form.onSubmit((values) => create.mutate(values))} noValidate>
        <Stack gap="md">
          <TextInput
            label="Name"
            placeholder="Handbook guide"
            data-autofocus
            maxLength={120}
            {...form.getInputProps("name")}
          />
          <TextInput
            label="In one line"
            placeholder="Answers questions about our handbook"
            maxLength={200}
            {...form.getInputProps("description")}
          />
          <Textarea
            label="What is it for?"
            description="Its instruction. You can refine it at any time; every change is kept as a version."
            placeholder="You help new colleagues find their way. Answer from the documents, briefly and kindly."
            autosize
            minRows={3}
            maxRows={8}
            {...form.getInputProps("instruction")}
          />
          <EmblemPicker
            value={form.values.emblem}
            onChange={(emblem) => form.setFieldValue("emblem", emblem)}
          />
          {create.error && (
            <ErrorNotice error={create.error} safe="What you wrote is still here." />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Create agent
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
