import { Button, Group, Select, Skeleton, Stack, Switch } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { adminSettingsQuery, updateAdminSettings } from "@/api/admin";
import { modelsQuery } from "@/api/agents";
import type { AdminSettings } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { notifyDone } from "@/components/notify";
import { Page } from "@/components/Page";

export function AdminSettingsPage() {
  const settings = useQuery(adminSettingsQuery());
  return (
    <Page title="Settings" lead="For everybody on this installation." width="narrow">
      {settings.isPending && (
        <Stack aria-busy="true" aria-label="Loading the settings">
          <Skeleton h={24} w={280} />
          <Skeleton h={36} />
        </Stack>
      )}
      {settings.error && <ErrorNotice error={settings.error} onRetry={() => settings.refetch()} />}
      {settings.data && <SettingsForm settings={settings.data} />}
    </Page>
  );
}

function SettingsForm({ settings }: { settings: AdminSettings }) {
  const queries = useQueryClient();
  const models = useQuery(modelsQuery());
  const form = useForm({ initialValues: settings });
  const save = useMutation({
    mutationFn: updateAdminSettings,
    onSuccess: (saved) => {
      queries.setQueryData(adminSettingsQuery().queryKey, saved);
      void queries.invalidateQueries({ queryKey: ["setup"] });
      form.resetDirty(form.values);
      notifyDone("Saved");
    },
  });
  const ids = new Set((models.data ?? []).map((model) => model.id));
  if (settings.default_model) ids.add(settings.default_model);
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="lg">
        <Select
          label="Default model"
          description="Used by every agent that names none."
          data={[...ids]}
          searchable
          allowDeselect={false}
          error={models.error ? "The list of models could not be loaded." : undefined}
          {...form.getInputProps("default_model")}
        />
        <Switch
          label="Anybody who can reach this address may create an account"
          description="New people become makers of their own agents; they see no one else's."
          {...form.getInputProps("registration_open", { type: "checkbox" })}
        />
        {save.error && <ErrorNotice error={save.error} />}
        <Group>
          <Button type="submit" disabled={!form.isDirty()} loading={save.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
