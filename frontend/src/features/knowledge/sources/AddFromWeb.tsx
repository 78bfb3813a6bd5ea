import {
  Button,
  Group,
  Modal,
  NumberInput,
  SegmentedControl,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { tagsQuery } from "@/api/files";
import { addSource, putSource } from "@/api/sources";
import { ErrorNotice } from "@/components/ErrorNotice";
import { asApiError } from "@/lib/problem";
import classes from "./Sources.module.css";

const MOST_TAGS = 20;
const LONGEST_TAG = 50;
const PAGES = { least: 1, most: 500, usual: 50 };
const DEPTH = { least: 0, most: 5, usual: 2 };

/** What is wrong with the address itself, which is said at its field. */
const OF_THE_ADDRESS = new Set(["address_not_allowed", "source_already_there"]);

/** Opens a form for a page or a site to read. */
export function AddFromWeb({ agentId }: { agentId: string }) {
  const [isOpen, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button variant="default" onClick={open} className={classes.add}>
        Add from the web
      </Button>
      <Modal opened={isOpen} onClose={close} title="Add from the web">
        <AddForm agentId={agentId} onClose={close} />
      </Modal>
    </>
  );
}

function within(value: string | number, limits: { least: number; most: number; usual: number }) {
  return typeof value === "number"
    ? Math.min(limits.most, Math.max(limits.least, value))
    : limits.usual;
}

function AddForm({ agentId, onClose }: { agentId: string; onClose: () => void }) {
  const queries = useQueryClient();
  const known = useQuery(tagsQuery(agentId)).data ?? [];
  const [url, setUrl] = useState("");
  const [kind, setKind] = useState<"page" | "site">("page");
  const [pages, setPages] = useState<string | number>(PAGES.usual);
  const [depth, setDepth] = useState<string | number>(DEPTH.usual);
  const [tags, setTags] = useState<string[]>([]);
  const adding = useMutation({
    mutationFn: () =>
      addSource(agentId, {
        url: url.trim(),
        kind,
        tags,
        max_pages: within(pages, PAGES),
        max_depth: within(depth, DEPTH),
      }),
    onSuccess: (source) => {
      putSource(queries, agentId, source);
      onClose();
    },
  });
  const problem = adding.error ? asApiError(adding.error).problem : null;
  const isOfAddress = problem !== null && OF_THE_ADDRESS.has(problem.code);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (url.trim()) adding.mutate();
      }}
    >
      <Stack gap="md">
        <TextInput
          label="Address"
          placeholder="https://docs.example.com/guide"
          value={url}
          onChange={(event) => {
            setUrl(event.currentTarget.value);
            if (adding.isError) adding.reset();
          }}
          error={isOfAddress ? problem.detail : undefined}
          inputMode="url"
          autoComplete="url"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={2000}
          data-autofocus
          required
        />
        <div>
          <SegmentedControl
            fullWidth
            value={kind}
            onChange={(value) => setKind(value as "page" | "site")}
            aria-label="How much of it"
            data={[
              { value: "page", label: "This page" },
              { value: "site", label: "The site below it" },
            ]}
          />
          <Text size="sm" c="dimmed" mt={6}>
            {kind === "page"
              ? "The text of this one page, or the document at this address."
              : "This page, and those it links to in the same folder of the same site."}
          </Text>
        </div>
        {kind === "site" && (
          <Group grow align="flex-start">
            <NumberInput
              label="Pages at most"
              value={pages}
              onChange={setPages}
              min={PAGES.least}
              max={PAGES.most}
              allowDecimal={false}
              clampBehavior="blur"
            />
            <NumberInput
              label="Links deep"
              value={depth}
              onChange={setDepth}
              min={DEPTH.least}
              max={DEPTH.most}
              allowDecimal={false}
              clampBehavior="blur"
            />
          </Group>
        )}
        <TagsInput
          label="Tags"
          placeholder={tags.length === 0 ? "Optional; Enter after each" : undefined}
          value={tags}
          onChange={setTags}
          data={known.map(({ tag }) => tag)}
          maxTags={MOST_TAGS}
          maxLength={LONGEST_TAG}
        />
        <Text size="xs" c="dimmed">
          Only public pages that their owners let robots read, at a polite pace.
        </Text>
        {problem && !isOfAddress && <ErrorNotice error={adding.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={adding.isPending} disabled={!url.trim()}>
            {kind === "page" ? "Read this page" : "Read this site"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
