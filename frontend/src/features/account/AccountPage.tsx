import { Button, Group, PasswordInput, Stack, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { meQuery, updateMe } from "@/api/auth";
import { ErrorNotice } from "@/components/ErrorNotice";
import { notifyDone } from "@/components/notify";
import { Page } from "@/components/Page";

const MIN_PASSWORD = 10;

export function AccountPage() {
  const { data: user } = useSuspenseQuery(meQuery());
  return (
    <Page title="Your account" lead={user.email} width="narrow">
      <Stack gap={40}>
        <NameForm name={user.name} />
        <PasswordForm />
      </Stack>
    </Page>
  );
}

function NameForm({ name }: { name: string }) {
  const queries = useQueryClient();
  const form = useForm({ initialValues: { name } });
  const save = useMutation({
    mutationFn: updateMe,
    onSuccess: (user) => {
      queries.setQueryData(meQuery().queryKey, user);
      form.resetDirty();
      notifyDone("Saved");
    },
  });
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="sm" maw={420}>
        <TextInput
          label="Your name"
          autoComplete="name"
          maxLength={120}
          {...form.getInputProps("name")}
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

function PasswordForm() {
  const form = useForm({
    initialValues: { current_password: "", new_password: "" },
    validate: {
      current_password: (value) => (value ? null : "Write your present password"),
      new_password: (value) =>
        value.length < MIN_PASSWORD ? `Use at least ${MIN_PASSWORD} characters` : null,
    },
  });
  const save = useMutation({
    mutationFn: updateMe,
    onSuccess: () => {
      form.reset();
      notifyDone("Your password is changed");
    },
  });
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
      <Stack gap="sm" maw={420}>
        <Title order={2} size="h3">
          Password
        </Title>
        <PasswordInput
          label="Present password"
          autoComplete="current-password"
          {...form.getInputProps("current_password")}
        />
        <PasswordInput
          label="New password"
          autoComplete="new-password"
          {...form.getInputProps("new_password")}
        />
        {save.error && <ErrorNotice error={save.error} />}
        <Group>
          <Button type="submit" variant="default" loading={save.isPending}>
            Change the password
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
