import { Button, Group, Modal, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { addProvider, updateProvider } from "@/api/admin";
import type { CatalogEntry, Provider } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { notifyDone } from "@/components/notify";

interface Props {
  catalog: CatalogEntry[];
  provider: Provider | undefined;
  opened: boolean;
  onClose: () => void;
}

interface Values {
  provider: string;
  name: string;
  base_url: string;
  api_key: string;
}

/** An empty key is the one the server already has, or none. */
function filled(values: Values) {
  const api_key = values.api_key.trim();
  return {
    name: values.name.trim() || undefined,
    base_url: values.base_url.trim(),
    ...(api_key && { api_key }),
  };
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,39}$/;

export function ProviderDialog({ catalog, provider, opened, onClose }: Props) {
  const queries = useQueryClient();
  const form = useForm<Values>({
    initialValues: {
      provider: provider?.provider ?? "",
      name: provider?.name ?? "",
      base_url: provider?.base_url ?? "",
      api_key: "",
    },
    validate: {
      provider: (value) => (value ? null : "Choose one"),
      name: (value) =>
        value.trim() && !NAME.test(value.trim())
          ? "Use small letters, digits, dots and dashes"
          : null,
      base_url: (value) =>
        value.trim() && !/^https?:\/\//.test(value.trim())
          ? "Begin with http:// or https://"
          : null,
    },
  });
  const entry = catalog.find((known) => known.provider === form.values.provider);
  const save = useMutation({
    mutationFn: (values: Values) =>
      provider
        ? updateProvider(provider.id, filled(values))
        : addProvider({ provider: values.provider, enabled: true, ...filled(values) }),
    onSuccess: async (saved) => {
      onClose();
      notifyDone(`${saved.name} is saved. Test it to see its models.`);
      await queries.invalidateQueries({ queryKey: ["providers"] });
      await queries.invalidateQueries({ queryKey: ["models"] });
    },
  });
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={provider ? `Edit ${provider.name}` : "Add a provider"}
    >
      <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
        <Stack gap="md">
          <Select
            label="Provider"
            placeholder="Choose one"
            data={catalog.map(({ provider: value, label }) => ({ value, label }))}
            searchable
            disabled={provider !== undefined}
            data-autofocus
            {...form.getInputProps("provider")}
          />
          <TextInput
            label="Name"
            description="The first part of its models' names. Empty: the provider's own."
            placeholder={entry?.provider}
            {...form.getInputProps("name")}
          />
          <TextInput
            label="Address"
            description={entry?.default_base_url ? "Empty: the provider's own." : undefined}
            placeholder={entry?.default_base_url ?? "https://models.example.com/v1"}
            inputMode="url"
            {...form.getInputProps("base_url")}
          />
          <PasswordInput
            label="Key"
            description={
              provider?.key_hint ? `Stored: ${provider.key_hint}. Empty keeps it.` : undefined
            }
            placeholder={entry?.needs_key === false ? "Not needed" : undefined}
            autoComplete="off"
            {...form.getInputProps("api_key")}
          />
          {save.error && <ErrorNotice error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
