import { ActionIcon, Button, Group, Input, Stack, Textarea, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { Agent } from "@/api/types";
import { Page } from "@/components/Page";
import { formatCount } from "@/lib/format";
import classes from "./InstructionsPage.module.css";
import { SaveBar } from "./SaveBar";
import { useAgentForm } from "./useAgentForm";

const MOST_STARTERS = 8;
const LONGEST_STARTER = 200;

interface Values {
  instruction: string;
  welcome_message: string;
  starter_questions: string[];
}

const SHAPE = {
  read: ({ spec }: Agent): Values => ({
    instruction: spec.instruction,
    welcome_message: spec.welcome_message,
    starter_questions: spec.starter_questions,
  }),
  write: (values: Values) => ({
    ...values,
    starter_questions: values.starter_questions.map((text) => text.trim()).filter(Boolean),
  }),
};

/** What the agent is told, and how it greets. */
export function InstructionsPage({ agent }: { agent: Agent }) {
  const edit = useAgentForm(agent, SHAPE);
  const { form } = edit;
  const starters = form.values.starter_questions;
  const setStarters = (next: string[]) => form.setFieldValue("starter_questions", next);
  return (
    <Page
      title="Instructions"
      lead="Say it as you would to a new colleague. Each save makes a version."
      width="narrow"
    >
      <Stack gap="lg">
        <Textarea
          label="Instruction"
          description="Who it is, for whom it works, how it answers, what it leaves alone."
          placeholder="You help new colleagues find their way. Answer from the documents, briefly and kindly."
          autosize
          minRows={10}
          maxRows={28}
          maxLength={100_000}
          classNames={{ input: classes.editor }}
          inputContainer={(field) => (
            <>
              {field}
              <span className={classes.count}>
                {formatCount(form.values.instruction.length)} characters
              </span>
            </>
          )}
          {...form.getInputProps("instruction")}
        />
        <Textarea
          label="Welcome message"
          description="The first thing people see."
          placeholder="Hello! Ask me anything about the handbook."
          autosize
          minRows={2}
          maxRows={6}
          maxLength={4000}
          {...form.getInputProps("welcome_message")}
        />
        <Input.Wrapper
          label="Starter questions"
          description="Up to eight, to be asked with one click."
          component="div"
          labelElement="div"
        >
          <Stack gap="xs" mt={6}>
            {starters.map((question, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a question has no identity but its place
              <Group key={index} gap={6} wrap="nowrap">
                <TextInput
                  flex={1}
                  value={question}
                  maxLength={LONGEST_STARTER}
                  aria-label={`Starter question ${index + 1}`}
                  onChange={(event) => setStarters(starters.with(index, event.currentTarget.value))}
                />
                <ActionIcon
                  size={34}
                  aria-label={`Remove starter question ${index + 1}`}
                  onClick={() => setStarters(starters.filter((_, at) => at !== index))}
                >
                  <IconX size={16} />
                </ActionIcon>
              </Group>
            ))}
            {starters.length < MOST_STARTERS && (
              <Button
                variant="default"
                size="sm"
                leftSection={<IconPlus size={15} aria-hidden />}
                onClick={() => setStarters([...starters, ""])}
                style={{ alignSelf: "flex-start" }}
              >
                Add a question
              </Button>
            )}
          </Stack>
        </Input.Wrapper>
      </Stack>
      <SaveBar edit={edit} />
    </Page>
  );
}
