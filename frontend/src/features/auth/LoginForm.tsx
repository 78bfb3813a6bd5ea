import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { login } from "@/api/auth";
import { ErrorNotice } from "@/components/ErrorNotice";
import { AnchorLink } from "@/components/links";

interface Props {
  onDone: () => Promise<void>;
  canRegister: boolean;
  redirect?: string;
}

export function LoginForm({ onDone, canRegister, redirect }: Props) {
  const form = useForm({
    initialValues: { email: "", password: "" },
    validate: {
      email: (value) => (value.trim() ? null : "Write your e-mail address"),
      password: (value) => (value ? null : "Write your password"),
    },
  });
  const enter = useMutation({ mutationFn: login, onSuccess: onDone });
  return (
    <form onSubmit={form.onSubmit((values) => enter.mutate(values))} noValidate>
      <Stack gap="md">
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="username"
          autoFocus
          {...form.getInputProps("email")}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          {...form.getInputProps("password")}
        />
        {enter.error && <ErrorNotice error={enter.error} />}
        <Button type="submit" fullWidth size="md" loading={enter.isPending}>
          Log in
        </Button>
        {canRegister && (
          <AnchorLink to="/register" search={{ redirect }} size="sm" ta="center">
            Create an account
          </AnchorLink>
        )}
      </Stack>
    </form>
  );
}
