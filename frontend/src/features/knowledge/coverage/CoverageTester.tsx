import { Button, Group, Skeleton, Stack, Text, Textarea } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { testCoverage } from "@/api/files";
import type { Filter, RetrievedChunk } from "@/api/types";
import { DocumentFilter } from "@/components/DocumentFilter";
import { ErrorNotice } from "@/components/ErrorNotice";
import { saveAs } from "@/lib/download";
import { plural } from "@/lib/format";
import { useKept } from "@/lib/storage";
import classes from "./Coverage.module.css";
import { CoverageChart } from "./CoverageChart";
import { CoverageTable } from "./CoverageTable";
import { MOST_QUESTIONS, questionsIn, reportAsCsv } from "./questions";

interface Props {
  agentId: string;
  agentName: string;
  onOpen: (chunk: RetrievedChunk) => void;
}

/** Asks many questions at once whether the documents cover them. */
export function CoverageTester({ agentId, agentName, onOpen }: Props) {
  const [text, setText] = useKept(`coverage.${agentId}`);
  const [filter, setFilter] = useState<Filter>({});
  const questions = questionsIn(text);
  const test = useMutation({ mutationFn: () => testCoverage(agentId, questions, filter) });
  const tooMany = questions.length > MOST_QUESTIONS;
  const download = () => {
    if (!test.data) return;
    const csv = new Blob([reportAsCsv(test.data)], { type: "text/csv;charset=utf-8" });
    saveAs(csv, `coverage of ${agentName}.csv`);
  };
  return (
    <section aria-labelledby="coverage-title">
      <h2 id="coverage-title" className={classes.title}>
        Do the documents cover what people ask?
      </h2>
      <Text size="sm" c="dimmed" mb="sm">
        Paste the questions you expect, one a line. The documents are searched for each, but no
        answers are written.
      </Text>
      <Textarea
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        autosize
        minRows={4}
        maxRows={14}
        placeholder={"How many days of leave do I have?\nWho approves a trip?"}
        aria-label="Questions, one a line"
        error={
          tooMany &&
          `These are ${questions.length} questions. Up to ${MOST_QUESTIONS} can be tested at once: take some out.`
        }
      />
      <Group mt="xs" gap="xs">
        <Button
          onClick={() => test.mutate()}
          disabled={questions.length === 0 || tooMany}
          loading={test.isPending}
        >
          {questions.length === 0 ? "Test" : `Test ${plural(questions.length, "question")}`}
        </Button>
        <DocumentFilter agentId={agentId} filter={filter} onFilter={setFilter} />
        <Text size="xs" c="dimmed" ml="auto">
          This browser remembers them.
        </Text>
      </Group>
      {test.isPending && (
        <Stack mt="lg" gap="sm" aria-busy="true" aria-label="Testing the questions">
          <Skeleton h={32} />
          <Skeleton h={160} />
        </Stack>
      )}
      {test.error && (
        <div className={classes.gap}>
          <ErrorNotice
            error={test.error}
            safe="Your questions are still here."
            onRetry={() => test.mutate()}
          />
        </div>
      )}
      {test.data && !test.isPending && (
        <div className={classes.gap}>
          <Group justify="space-between" align="flex-start" mb="sm">
            <CoverageChart report={test.data} />
            <Button
              variant="default"
              size="xs"
              leftSection={<IconDownload size={15} stroke={1.7} aria-hidden />}
              onClick={download}
            >
              Export as CSV
            </Button>
          </Group>
          <CoverageTable results={test.data.results} onOpen={onOpen} />
        </div>
      )}
    </section>
  );
}
