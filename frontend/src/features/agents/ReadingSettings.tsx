import {
  Collapse,
  NumberInput,
  Radio,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  TagsInput,
  Textarea,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { tagsQuery } from "@/api/files";
import type { RetrievalSettings } from "@/api/types";
import { READING_WORDS } from "@/lib/reading";

const MOST_PASSAGES = 20;
const LONGEST_REPLY = 1000;
const SECOND = 1000;

interface Props {
  agentId: string;
  value: RetrievalSettings;
  onChange: (value: RetrievalSettings) => void;
}

const ANSWER_FROM: [RetrievalSettings["answer_from"], string][] = [
  ["documents_only", "Says that it isn't there rather than answer from elsewhere. The safest."],
  ["documents_first", "Uses the documents where they help, and says where it goes beyond them."],
  ["anything", "Treats the documents as one help among others. The freest, the least checked."],
];

const CITATIONS: [RetrievalSettings["citations"], string][] = [
  ["inline", "Each claim carries the number of its source, one click from the passage."],
  ["end", "Calmer to read; who wants to check finds the sources below."],
  ["off", "Nobody can check where a statement comes from."],
];

const QUERIES: Record<RetrievalSettings["queries"], string> = {
  auto: "Asks a model for other wordings only where that can help.",
  single: "No extra model call: the fastest and cheapest.",
  multiple: "One more model call for each question: finds more, takes longer.",
};

const RERANK: Record<RetrievalSettings["rerank"], string> = {
  auto: "Asks a model to rank them again only where the scores leave doubt.",
  fast: "Takes no extra time and costs nothing.",
  model: "One more model call for each question: the most careful, the slowest.",
};

const SPECIAL = "retrieval.";

function options(setting: "queries" | "rerank") {
  return Object.entries(READING_WORDS[`${SPECIAL}${setting}`] ?? {}).map(([value, label]) => ({
    value,
    label,
  }));
}

/** How the agent reads its documents, in plain words and with what each choice costs. */
export function ReadingSettings({ agentId, value, onChange }: Props) {
  const tags = useQuery(tagsQuery(agentId)).data ?? [];
  const set = (part: Partial<RetrievalSettings>) => onChange({ ...value, ...part });
  return (
    <>
      <Switch
        label="Look in the documents before answering"
        checked={value.enabled}
        onChange={(event) => set({ enabled: event.currentTarget.checked })}
      />
      <Collapse expanded={value.enabled}>
        <Stack gap="lg">
          <Radio.Group
            label="Answer from"
            value={value.answer_from}
            onChange={(next) => set({ answer_from: next as RetrievalSettings["answer_from"] })}
          >
            <Choices setting="answer_from" choices={ANSWER_FROM} />
          </Radio.Group>
          <Radio.Group
            label="Citations"
            value={value.citations}
            onChange={(next) => set({ citations: next as RetrievalSettings["citations"] })}
          >
            <Choices setting="citations" choices={CITATIONS} />
          </Radio.Group>
          <Textarea
            label="When the documents don't have it"
            description="What it says then. Empty: a sentence that names what is missing."
            placeholder="I couldn't find this in your documents."
            value={value.not_found_reply}
            onChange={(event) => set({ not_found_reply: event.currentTarget.value })}
            maxLength={LONGEST_REPLY}
            autosize
            minRows={1}
            maxRows={5}
          />
          <TagsInput
            label="Read only documents with one of these tags"
            description="Empty: all of them."
            placeholder={value.tags.length === 0 ? "All documents" : undefined}
            value={value.tags}
            onChange={(next) => set({ tags: next })}
            data={tags.map(({ tag }) => tag)}
            maxTags={20}
            maxLength={50}
            clearable
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }} verticalSpacing="lg">
            <Select
              label="Ways to ask the documents"
              description={QUERIES[value.queries]}
              data={options("queries")}
              value={value.queries}
              onChange={(next) =>
                set({ queries: (next ?? "auto") as RetrievalSettings["queries"] })
              }
              allowDeselect={false}
            />
            <Select
              label="Ranking of the passages"
              description={RERANK[value.rerank]}
              data={options("rerank")}
              value={value.rerank}
              onChange={(next) => set({ rerank: (next ?? "auto") as RetrievalSettings["rerank"] })}
              allowDeselect={false}
            />
            <NumberInput
              label="Passages per question"
              description="More to go by for the model, and more tokens to pay. 6 suits most."
              min={1}
              max={MOST_PASSAGES}
              allowDecimal={false}
              clampBehavior="strict"
              value={value.limit}
              onChange={(next) => typeof next === "number" && set({ limit: next })}
            />
            <NumberInput
              label="Longest search"
              description="After it the agent goes on with what was found. 3 seconds suit most."
              min={0.2}
              max={20}
              step={0.5}
              decimalScale={1}
              suffix=" s"
              clampBehavior="blur"
              value={value.time_budget_ms / SECOND}
              onChange={(next) =>
                typeof next === "number" &&
                set({ time_budget_ms: Math.min(20_000, Math.max(200, Math.round(next * SECOND))) })
              }
            />
          </SimpleGrid>
        </Stack>
      </Collapse>
    </>
  );
}

function Choices({
  setting,
  choices,
}: {
  setting: "answer_from" | "citations";
  choices: readonly [string, string][];
}) {
  return (
    <Stack gap="xs" mt={8}>
      {choices.map(([choice, description]) => (
        <Radio
          key={choice}
          value={choice}
          label={READING_WORDS[`${SPECIAL}${setting}`]?.[choice]}
          description={description}
        />
      ))}
    </Stack>
  );
}
