import {
  Button,
  Group,
  MultiSelect,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { modals } from "@mantine/modals";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { deleteAgent, modelsQuery } from "@/api/agents";
import type { Agent, Model, RetrievalSettings } from "@/api/types";
import { notifyDone, notifyError } from "@/components/notify";
import { Page } from "@/components/Page";
import { formatCount } from "@/lib/format";
import { EmblemPicker } from "./EmblemPicker";
import { ReadingSettings } from "./ReadingSettings";
import { SaveBar } from "./SaveBar";
import classes from "./SettingsPage.module.css";
import { useAgentForm } from "./useAgentForm";

interface Values {
  name: string;
  description: string;
  emblem: string;
  model: string;
  fallbacks: string[];
  temperature: number | "";
  max_tokens: number | "";
  retrieval: RetrievalSettings;
}

const SHAPE = {
  read: (agent: Agent): Values => ({
    name: agent.name,
    description: agent.description,
    emblem: agent.emblem,
    model: agent.spec.model,
    fallbacks: agent.spec.fallbacks,
    temperature: agent.spec.temperature ?? "",
    max_tokens: agent.spec.max_tokens ?? "",
    retrieval: agent.spec.retrieval,
  }),
  write: (values: Values) => ({
    ...values,
    name: values.name.trim(),
    temperature: values.temperature === "" ? null : values.temperature,
    max_tokens: values.max_tokens === "" ? null : values.max_tokens,
  }),
  validate: (values: Values) => ({ name: values.name.trim() ? null : "Give it a name" }),
};

const DEFAULT_MODEL = "default";

function modelOptions(models: Model[] | undefined, chosen: string[]) {
  const known = (models ?? []).map((model) => ({
    value: model.id,
    label: `${model.id}${model.profile.context_length ? `, reads ${formatCount(model.profile.context_length)} tokens` : ""}`,
  }));
  // A model whose provider was switched off since stays visible as what is chosen.
  const gone = chosen.filter((id) => id && !known.some((option) => option.value === id));
  return [...known, ...gone.map((id) => ({ value: id, label: `${id}, not available now` }))];
}

export function SettingsPage({ agent, onDeleted }: { agent: Agent; onDeleted: () => void }) {
  const edit = useAgentForm(agent, SHAPE);
  const { form } = edit;
  const models = useQuery(modelsQuery());
  const options = modelOptions(models.data, [form.values.model, ...form.values.fallbacks]);
  return (
    <Page title="Settings" width="narrow">
      <Stack gap={40}>
        <section className={classes.section} aria-labelledby="face">
          <Title order={2} id="face" size="h3">
            Name and face
          </Title>
          <TextInput label="Name" maxLength={120} {...form.getInputProps("name")} />
          <TextInput label="In one line" maxLength={200} {...form.getInputProps("description")} />
          <EmblemPicker
            value={form.values.emblem}
            onChange={(emblem) => form.setFieldValue("emblem", emblem)}
          />
        </section>
        <section className={classes.section} aria-labelledby="model">
          <Title order={2} id="model" size="h3">
            Model
          </Title>
          <Select
            label="Model"
            data={[{ value: DEFAULT_MODEL, label: "The installation's default" }, ...options]}
            value={form.values.model || DEFAULT_MODEL}
            onChange={(value) =>
              form.setFieldValue("model", value === DEFAULT_MODEL ? "" : (value ?? ""))
            }
            allowDeselect={false}
            searchable
            error={models.error ? "The list of models could not be loaded." : undefined}
          />
          <MultiSelect
            label="Fallbacks"
            description="Asked in this order when the model fails."
            data={options.filter((option) => option.value !== form.values.model)}
            maxValues={5}
            placeholder={form.values.fallbacks.length === 0 ? "None" : undefined}
            searchable
            {...form.getInputProps("fallbacks")}
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <NumberInput
              label="Temperature"
              description="0 keeps to the likely, 2 roams. Empty: the model's own."
              min={0}
              max={2}
              step={0.1}
              decimalScale={2}
              {...form.getInputProps("temperature")}
            />
            <NumberInput
              label="Longest answer"
              description="In tokens. Empty: as long as the model may."
              min={1}
              max={1_000_000}
              allowDecimal={false}
              {...form.getInputProps("max_tokens")}
            />
          </SimpleGrid>
        </section>
        <section className={classes.section} aria-labelledby="reading">
          <Title order={2} id="reading" size="h3">
            Reading the documents
          </Title>
          <ReadingSettings
            agentId={agent.id}
            value={form.values.retrieval}
            onChange={(retrieval) => form.setFieldValue("retrieval", retrieval)}
          />
        </section>
        <DangerZone agent={agent} onDeleted={onDeleted} />
      </Stack>
      <SaveBar edit={edit} />
    </Page>
  );
}

function DangerZone({ agent, onDeleted }: { agent: Agent; onDeleted: () => void }) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteAgent(agent.id),
    onSuccess: async () => {
      onDeleted();
      notifyDone(`${agent.name} was deleted`);
      queries.removeQueries({ queryKey: ["agent", agent.id] });
      await queries.invalidateQueries({ queryKey: ["agents"] });
    },
    onError: (error) => notifyError(error, "The agent was not deleted"),
  });
  const ask = () =>
    modals.openConfirmModal({
      title: `Delete ${agent.name}?`,
      children: (
        <Text>Its documents, versions and conversations go with it. This can't be undone.</Text>
      ),
      labels: { confirm: "Delete the agent", cancel: "Keep it" },
      confirmProps: { color: "red" },
      onConfirm: () => remove.mutate(),
    });
  return (
    <section className={classes.section} aria-labelledby="delete">
      <Title order={2} id="delete" size="h3">
        Delete
      </Title>
      <Group justify="space-between" gap="sm">
        <Text size="sm" c="dimmed" flex={1} miw={220}>
          Deletes this agent with its documents, versions and conversations.
        </Text>
        <Button
          variant="default"
          className={classes.danger}
          onClick={ask}
          loading={remove.isPending}
        >
          Delete agent
        </Button>
      </Group>
    </section>
  );
}
