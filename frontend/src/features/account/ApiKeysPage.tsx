import { Button, Code, Skeleton, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { apiKeysQuery, deleteApiKey } from "@/api/auth";
import type { ApiKey } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { notifyDone, notifyError } from "@/components/notify";
import { Page } from "@/components/Page";
import { When } from "@/components/When";
import classes from "./ApiKeys.module.css";
import { NewKeyDialog } from "./NewKeyDialog";

interface Props {
  isCreating: boolean;
  onCreating: (open: boolean) => void;
}

export function ApiKeysPage({ isCreating, onCreating }: Props) {
  const keys = useQuery(apiKeysQuery());
  const items = keys.data?.items ?? [];
  const create = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => onCreating(true)}>
      New key
    </Button>
  );
  return (
    <Page
      title="API keys"
      lead="For programs that act as you. A key is shown once."
      width="narrow"
      action={create}
    >
      {keys.isPending && <Skeleton h={120} radius="lg" aria-label="Loading the keys" />}
      {keys.error && <ErrorNotice error={keys.error} onRetry={() => keys.refetch()} />}
      {keys.isSuccess && items.length === 0 && (
        <EmptyState icon={<IconKey size={24} stroke={1.6} />} title="No keys yet" action={create}>
          With a key your own programs talk to your agents, also through any OpenAI-compatible
          library.
        </EmptyState>
      )}
      <ul className={classes.list}>
        {items.map((key) => (
          <KeyRow key={key.id} apiKey={key} />
        ))}
      </ul>
      <NewKeyDialog opened={isCreating} onClose={() => onCreating(false)} />
    </Page>
  );
}

function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => deleteApiKey(apiKey.id),
    onSuccess: () => {
      notifyDone(`${apiKey.name} was revoked`);
      return queries.invalidateQueries({ queryKey: ["api-keys"] });
    },
    onError: (error) => notifyError(error),
  });
  const ask = () =>
    modals.openConfirmModal({
      title: `Revoke ${apiKey.name}?`,
      children: <Text>Programs that use it are refused from then on. This can't be undone.</Text>,
      labels: { confirm: "Revoke", cancel: "Keep it" },
      confirmProps: { color: "red" },
      onConfirm: () => revoke.mutate(),
    });
  return (
    <li className={classes.row}>
      <div className={classes.body}>
        <Text fw={500} truncate>
          {apiKey.name}
        </Text>
        <div className={classes.meta}>
          <Code>{apiKey.prefix}…</Code>
          <span>
            made <When at={apiKey.created_at} />
          </span>
          <span>
            {apiKey.last_used_at ? (
              <>
                used <When at={apiKey.last_used_at} />
              </>
            ) : (
              "never used"
            )}
          </span>
          {apiKey.expires_at && (
            <span>
              expires <When at={apiKey.expires_at} />
            </span>
          )}
        </div>
      </div>
      <Button
        size="compact-sm"
        variant="default"
        onClick={ask}
        loading={revoke.isPending}
        aria-label={`Revoke ${apiKey.name}`}
      >
        Revoke
      </Button>
    </li>
  );
}
