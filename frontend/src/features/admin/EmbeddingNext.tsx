import { Button, Group, Progress, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { cancelEmbedding, embeddingQuery, retryEmbedding } from "@/api/embedding";
import type { EmbeddingIndex } from "@/api/types";
import { notifyDone, notifyError } from "@/components/notify";
import { formatCount, formatPercent } from "@/lib/format";
import classes from "./Embedding.module.css";

interface Props {
  next: EmbeddingIndex;
  active: EmbeddingIndex;
  label: string;
}

/** The model that is to follow: how far it is, or why it stopped. */
export function EmbeddingNext({ next, active, label }: Props) {
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: embeddingQuery().queryKey });
  const retry = useMutation({
    mutationFn: retryEmbedding,
    onSuccess: refresh,
    onError: (error) => notifyError(error),
  });
  const cancel = useMutation({
    mutationFn: cancelEmbedding,
    onSuccess: () => {
      notifyDone(`${active.model} stays in use`);
      return refresh();
    },
    onError: (error) => notifyError(error),
  });
  const askCancel = () =>
    modals.openConfirmModal({
      title: `Give up ${next.model}?`,
      children: (
        <Text>
          What was prepared so far is deleted. Answers go on using {active.model}, as they do now.
        </Text>
      ),
      labels: { confirm: "Give it up", cancel: "Go on" },
      confirmProps: { color: "red" },
      onConfirm: () => cancel.mutate(),
    });
  const failed = next.state === "failed";
  const share = next.chunks_total ? next.chunks_done / next.chunks_total : 0;
  return (
    <section className={classes.card} data-failed={failed} aria-labelledby="embedding-next">
      <Text id="embedding-next" size="sm" c="dimmed">
        {failed ? "Could not be prepared" : "Being prepared"}
      </Text>
      <Text fw={600} size="lg" className={classes.model}>
        {next.model}
      </Text>
      <Text size="sm" c="dimmed">
        {label} · {formatCount(next.dimension)} dimensions
      </Text>
      <Progress
        value={share * 100}
        color={failed ? "red" : undefined}
        mt="md"
        aria-label={`Passages embedded with ${next.model}`}
      />
      <Text size="sm" mt={6} className={classes.numbers} aria-live="polite">
        {formatCount(next.chunks_done)} of {formatCount(next.chunks_total)} passages (
        {formatPercent(share)})
      </Text>
      {failed && (
        <div className={classes.reason} role="alert">
          <IconAlertTriangle size={17} stroke={1.7} aria-hidden />
          <span>{next.error}</span>
        </div>
      )}
      <Text size="sm" c="dimmed" mt="xs">
        {failed
          ? `Answers go on using ${active.model}. What is embedded already is kept.`
          : `Answers use ${active.model} until this is done. You can leave this page.`}
      </Text>
      <Group gap="xs" mt="md">
        {failed && (
          <Button size="compact-md" loading={retry.isPending} onClick={() => retry.mutate()}>
            Try again
          </Button>
        )}
        <Button
          size="compact-md"
          variant="default"
          loading={cancel.isPending}
          onClick={failed ? () => cancel.mutate() : askCancel}
        >
          {failed ? "Give it up" : "Cancel"}
        </Button>
      </Group>
    </section>
  );
}
