import { ActionIcon, Button, Group, Menu, Switch, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconCircleCheck, IconCircleX, IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { deleteProvider, testProvider, updateProvider } from "@/api/admin";
import type { Provider, ProviderTest } from "@/api/types";
import { notifyDone, notifyError } from "@/components/notify";
import { formatDuration, plural } from "@/lib/format";
import { asApiError } from "@/lib/problem";
import classes from "./Providers.module.css";

interface Props {
  provider: Provider;
  label: string;
  onEdit: () => void;
}

export function ProviderRow({ provider, label, onEdit }: Props) {
  const queries = useQueryClient();
  const refresh = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["providers"] }),
      queries.invalidateQueries({ queryKey: ["models"] }),
    ]);
  const test = useMutation({ mutationFn: () => testProvider(provider.id) });
  const enable = useMutation({
    mutationFn: (enabled: boolean) => updateProvider(provider.id, { enabled }),
    onSuccess: refresh,
    onError: (error) => notifyError(error),
  });
  const remove = useMutation({
    mutationFn: () => deleteProvider(provider.id),
    onSuccess: () => {
      notifyDone(`${provider.name} was removed`);
      return refresh();
    },
    onError: (error) => notifyError(error),
  });
  const askRemove = () =>
    modals.openConfirmModal({
      title: `Remove ${provider.name}?`,
      children: <Text>Agents that use its models answer with their fallbacks, or not at all.</Text>,
      labels: { confirm: "Remove", cancel: "Keep it" },
      confirmProps: { color: "red" },
      onConfirm: () => remove.mutate(),
    });
  const details = [label, provider.base_url, provider.key_hint && `key ${provider.key_hint}`];
  return (
    <li className={classes.row}>
      <Group gap="sm" wrap="nowrap">
        <div className={classes.who}>
          <Text fw={600} truncate>
            {provider.name}
          </Text>
          <Text size="sm" c="dimmed" truncate>
            {details.filter(Boolean).join(" · ")}
          </Text>
        </div>
        <Switch
          checked={enable.isPending ? enable.variables : provider.enabled}
          onChange={(event) => enable.mutate(event.currentTarget.checked)}
          aria-label={`${provider.name} may be used`}
        />
        <Button
          size="compact-md"
          variant="default"
          loading={test.isPending}
          onClick={() => test.mutate()}
        >
          Test
        </Button>
        <Menu position="bottom-end" width={150}>
          <Menu.Target>
            <ActionIcon aria-label={`Actions for ${provider.name}`}>
              <IconDots size={17} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPencil size={15} />} onClick={onEdit}>
              Edit
            </Menu.Item>
            <Menu.Item leftSection={<IconTrash size={15} />} color="red" onClick={askRemove}>
              Remove
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <div aria-live="polite">
        {test.data && <TestResult result={test.data} />}
        {test.error && (
          <TestResult
            result={{
              ok: false,
              latency_ms: 0,
              models: [],
              error: asApiError(test.error).problem.detail,
            }}
          />
        )}
      </div>
    </li>
  );
}

const SHOWN_MODELS = 6;

function TestResult({ result }: { result: ProviderTest }) {
  if (!result.ok) {
    return (
      <div className={classes.result} data-tone="bad">
        <IconCircleX size={17} stroke={1.7} aria-hidden />
        <span>{result.error ?? "It did not answer."}</span>
      </div>
    );
  }
  const shown = result.models.slice(0, SHOWN_MODELS).join(", ");
  const more = result.models.length - SHOWN_MODELS;
  return (
    <div className={classes.result} data-tone="good">
      <IconCircleCheck size={17} stroke={1.7} aria-hidden />
      <span>
        It answered in {formatDuration(result.latency_ms)} and offers{" "}
        {plural(result.models.length, "model")}
        {shown && `: ${shown}`}
        {more > 0 && ` and ${more} more`}
      </span>
    </div>
  );
}
