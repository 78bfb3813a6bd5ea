import { Button, Skeleton, Stack } from "@mantine/core";
import { IconPlugConnected, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { catalogQuery, providersQuery } from "@/api/admin";
import type { Provider } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page } from "@/components/Page";
import { ProviderDialog } from "./ProviderDialog";
import { ProviderRow } from "./ProviderRow";
import classes from "./Providers.module.css";

interface Props {
  /** `new`, or the id of the provider that is edited. */
  editing: string | undefined;
  onEdit: (what: string | undefined) => void;
}

export function ProvidersPage({ editing, onEdit }: Props) {
  const providers = useQuery(providersQuery());
  const catalog = useQuery(catalogQuery());
  const items = providers.data?.items ?? [];
  const labelOf = (provider: Provider) =>
    catalog.data?.find((entry) => entry.provider === provider.provider)?.label ?? provider.provider;
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => onEdit("new")}>
      Add provider
    </Button>
  );
  return (
    <Page
      title="Providers"
      lead="Where your agents' models run. Keys are stored encrypted and never shown again."
      width="narrow"
      action={add}
    >
      {providers.isPending && (
        <Stack gap="sm" aria-busy="true" aria-label="Loading the providers">
          <Skeleton h={72} radius="lg" />
          <Skeleton h={72} radius="lg" />
        </Stack>
      )}
      {providers.error && (
        <ErrorNotice error={providers.error} onRetry={() => providers.refetch()} />
      )}
      {providers.isSuccess && items.length === 0 && (
        <EmptyState
          icon={<IconPlugConnected size={24} stroke={1.6} />}
          title="No providers yet"
          action={add}
        >
          AgentGrid answers with the model that came with it. Connect OpenAI, Anthropic, Google,
          Ollama or any compatible address for a stronger one.
        </EmptyState>
      )}
      <ul className={classes.list}>
        {items.map((provider) => (
          <ProviderRow
            key={provider.id}
            provider={provider}
            label={labelOf(provider)}
            onEdit={() => onEdit(provider.id)}
          />
        ))}
      </ul>
      <ProviderDialog
        key={editing ?? "closed"}
        catalog={catalog.data ?? []}
        provider={items.find((provider) => provider.id === editing)}
        opened={editing === "new" || items.some((provider) => provider.id === editing)}
        onClose={() => onEdit(undefined)}
      />
    </Page>
  );
}
