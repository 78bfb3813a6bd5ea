import { Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { embeddingQuery } from "@/api/embedding";
import type { EmbeddingIndex, EmbeddingOverview } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { notifyDone } from "@/components/notify";
import { Page } from "@/components/Page";
import { When } from "@/components/When";
import { formatCount, plural } from "@/lib/format";
import classes from "./Embedding.module.css";
import { EmbeddingForm } from "./EmbeddingForm";
import { EmbeddingNext } from "./EmbeddingNext";

export function EmbeddingPage() {
  const embedding = useQuery(embeddingQuery());
  useSwapNotice(embedding.data);
  return (
    <Page
      title="Embedding"
      lead="The model that finds passages by their meaning, for every agent of this installation."
      width="narrow"
    >
      {embedding.isPending && (
        <Stack gap="sm" aria-busy="true" aria-label="Loading the embedding model">
          <Skeleton h={88} radius="lg" />
          <Skeleton h={240} radius="lg" />
        </Stack>
      )}
      {embedding.error && (
        <ErrorNotice error={embedding.error} onRetry={() => embedding.refetch()} />
      )}
      {embedding.data && <Overview overview={embedding.data} />}
    </Page>
  );
}

function Overview({ overview }: { overview: EmbeddingOverview }) {
  const { active, next, providers } = overview;
  const labelOf = (index: EmbeddingIndex) =>
    providers.find((known) => known.provider === index.provider)?.label ?? index.provider;
  return (
    <Stack gap="xl">
      <section className={classes.card} aria-labelledby="embedding-active">
        <Text id="embedding-active" size="sm" c="dimmed">
          In use
        </Text>
        <Text fw={600} size="lg" className={classes.model}>
          {active.model}
        </Text>
        <Text size="sm" c="dimmed">
          {labelOf(active)} · {formatCount(active.dimension)} dimensions ·{" "}
          {plural(active.chunks_total, "passage")}
          {active.activated_at && active.provider !== "local" && (
            <>
              {" "}
              · since <When at={active.activated_at} />
            </>
          )}
        </Text>
      </section>
      {next && <EmbeddingNext next={next} active={active} label={labelOf(next)} />}
      {next?.state !== "building" && (
        <section aria-labelledby="embedding-choose">
          <Title order={2} size="h4" id="embedding-choose" mb="sm">
            {next ? "Choose again" : "Use another model"}
          </Title>
          <EmbeddingForm overview={overview} />
        </section>
      )}
    </Stack>
  );
}

/** Says so when the model that was being prepared has taken over. */
function useSwapNotice(overview: EmbeddingOverview | undefined) {
  const awaited = useRef<string>(undefined);
  useEffect(() => {
    if (!overview) return;
    if (overview.active.id === awaited.current)
      notifyDone(`${overview.active.model} is in use now`);
    awaited.current = overview.next?.id;
  }, [overview]);
}
