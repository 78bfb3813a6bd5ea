import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { isEmail, useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { register } from "@/api/auth";
import { ErrorNotice } from "@/components/ErrorNotice";

const MIN_PASSWORD = 10;

interface Props {
  action: string;
  onDone: () => Promise<void>;
}

export function RegisterForm({ action, onDone }: Props) {
  const form = useForm({
    initialValues: { name: "", email: "", password: "" },
    validate: {
      email: isEmail("Write an e-mail address, like you@example.com"),
      password: (value) =>
        value.length < MIN_PASSWORD ? `Use at least ${MIN_PASSWORD} characters` : null,
    },
  });
  const save = useMutation({ mutationFn: register, onSuccess: onDone });
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
      <Stack gap="md">
        <TextInput
          label="Your name"
          autoComplete="name"
          data-autofocus
          autoFocus
          {...form.getInputProps("name")}
        />
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="email"
          required
          withAsterisk={false}
          {...form.getInputProps("email")}
        />
        <PasswordInput
          label="Password"
          description={`At least ${MIN_PASSWORD} characters. A short sentence works well.`}
          autoComplete="new-password"
          required
          withAsterisk={false}
          {...form.getInputProps("password")}
        />
        {save.error && <ErrorNotice error={save.error} />}
        <Button type="submit" fullWidth size="md" loading={save.isPending}>
          {action}
        </Button>
      </Stack>
    </form>
  );
}
