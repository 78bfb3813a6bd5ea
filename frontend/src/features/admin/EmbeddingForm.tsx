import {
  Autocomplete,
  Button,
  Group,
  NumberInput,
  PasswordInput,
  Radio,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { chooseEmbedding, embeddingQuery, testEmbedding } from "@/api/embedding";
import type { EmbeddingOverview, EmbeddingTrial } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { notifyDone } from "@/components/notify";
import { formatCount, formatDuration, plural } from "@/lib/format";
import classes from "./Embedding.module.css";
import { asChoice, BUNDLED, chosen, type EmbeddingValues, OWN_KEY, problems } from "./embedding";

export function EmbeddingForm({ overview }: { overview: EmbeddingOverview }) {
  const { active, providers } = overview;
  const queries = useQueryClient();
  const form = useForm<EmbeddingValues>({
    initialValues: chosen(undefined, active),
    validate: (values) => problems(values, providers),
  });
  const { values } = form;
  const provider = providers.find((known) => known.provider === values.provider);
  const known = provider?.models.find((model) => model.model === values.model);
  const test = useMutation({ mutationFn: testEmbedding });
  const save = useMutation({
    mutationFn: chooseEmbedding,
    onSuccess: async (index) => {
      if (index.state === "active") notifyDone(`${index.model} goes on with the new key`);
      await queries.invalidateQueries({ queryKey: embeddingQuery().queryKey });
    },
  });
  const choose = (id: string) => {
    test.reset();
    save.reset();
    form.setValues(
      chosen(
        providers.find((each) => each.provider === id),
        active,
      ),
    );
    form.clearErrors();
  };
  const askTest = () => {
    if (!form.validate().hasErrors) test.mutate(asChoice(values));
  };
  const ownKey = values.connection === OWN_KEY;
  return (
    <form
      onSubmit={form.onSubmit((filled) => {
        test.reset();
        save.mutate(asChoice(filled));
      })}
      noValidate
    >
      <Stack gap="md">
        <Radio.Group
          label="Provider"
          value={values.provider}
          onChange={choose}
          error={form.errors.provider}
        >
          <div className={classes.providers}>
            {providers.map((each) => (
              <Radio.Card key={each.provider} value={each.provider} className={classes.provider}>
                <Group gap="xs" wrap="nowrap">
                  <Radio.Indicator />
                  <div className={classes.who}>
                    <Text size="sm" fw={600}>
                      {each.label}
                    </Text>
                    <Text size="xs" c="dimmed">
                      {hint(each.provider, each.needs_key)}
                    </Text>
                  </div>
                </Group>
              </Radio.Card>
            ))}
          </div>
        </Radio.Group>
        {provider && (
          <>
            <Autocomplete
              label="Model"
              placeholder="The model's name at the provider"
              data={provider.models.map((model) => model.model)}
              readOnly={provider.provider === BUNDLED}
              {...form.getInputProps("model")}
            />
            {provider.connections.length > 0 && (
              <Select
                label="Key"
                allowDeselect={false}
                data={[
                  ...provider.connections.map(({ id, name }) => ({
                    value: id,
                    label: `Of the connection ${name}`,
                  })),
                  { value: OWN_KEY, label: "Another key" },
                ]}
                {...form.getInputProps("connection")}
              />
            )}
            {provider.provider !== BUNDLED && ownKey && (
              <>
                <PasswordInput
                  label={provider.connections.length > 0 ? "The other key" : "Key"}
                  description="Stored encrypted and never shown again."
                  placeholder={provider.needs_key ? undefined : "Not needed"}
                  autoComplete="off"
                  {...form.getInputProps("api_key")}
                />
                <TextInput
                  label="Address"
                  description={provider.needs_base_url ? undefined : "Empty: the provider's own."}
                  placeholder="https://models.example.com/v1"
                  inputMode="url"
                  {...form.getInputProps("base_url")}
                />
              </>
            )}
            {provider.provider !== BUNDLED && (
              <NumberInput
                label="Dimensions"
                description="Empty: the model's own. Fewer take less room and find a little less."
                placeholder={known ? formatCount(known.dimension) : undefined}
                allowDecimal={false}
                allowNegative={false}
                min={2}
                max={16000}
                hideControls
                {...form.getInputProps("dimension")}
              />
            )}
            <Text size="sm" c="dimmed">
              {plural(active.chunks_total, "passage")} will be embedded again
              {provider.needs_key && ", which the provider charges for"}. Answers use {active.model}{" "}
              until that is done.
            </Text>
            <div aria-live="polite">
              {test.data && <Trial trial={test.data} />}
              {test.error && <ErrorNotice error={test.error} />}
              {save.error && <ErrorNotice error={save.error} />}
            </div>
            <Group gap="xs">
              <Button type="submit" loading={save.isPending} disabled={test.isPending}>
                Use this model
              </Button>
              <Button
                variant="default"
                onClick={askTest}
                loading={test.isPending}
                disabled={save.isPending}
              >
                Test
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </form>
  );
}

function hint(provider: string, needsKey: boolean): string {
  if (provider === BUNDLED) return "On this machine, free";
  if (provider === "ollama") return "On a machine of yours";
  return needsKey ? "With a key" : "By its address";
}

function Trial({ trial }: { trial: EmbeddingTrial }) {
  const Icon = trial.ok ? IconCircleCheck : IconCircleX;
  return (
    <div className={classes.result} data-tone={trial.ok ? "good" : "bad"}>
      <Icon size={17} stroke={1.7} aria-hidden />
      <span>
        {trial.ok && trial.dimension
          ? `It embedded a sentence in ${formatDuration(trial.latency_ms)}: ${formatCount(trial.dimension)} dimensions.`
          : (trial.error ?? "It did not answer.")}
      </span>
    </div>
  );
}
