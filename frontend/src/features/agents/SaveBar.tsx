import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { ErrorNotice } from "@/components/ErrorNotice";
import classes from "./SaveBar.module.css";
import type { AgentForm } from "./useAgentForm";

/** Appears when something changed: save as a version, or let it go. Holds the two questions too. */
export function SaveBar<V>({ edit }: { edit: AgentForm<V> }) {
  return (
    <>
      {edit.error !== null && (
        <div className={classes.error}>
          <ErrorNotice error={edit.error} safe="What you wrote is still here." />
        </div>
      )}
      {edit.isDirty && (
        <section className={classes.bar} aria-label="Unsaved changes">
          <TextInput
            className={classes.summary}
            value={edit.summary}
            onChange={(event) => edit.setSummary(event.currentTarget.value)}
            placeholder="What did you change? (optional)"
            aria-label="Summary of the change, optional"
            maxLength={200}
          />
          <Button variant="default" onClick={edit.discard}>
            Discard
          </Button>
          <Button onClick={edit.save} loading={edit.isSaving}>
            Save
          </Button>
        </section>
      )}
      <ConflictDialog edit={edit} />
      <LeaveDialog edit={edit} />
    </>
  );
}

function ConflictDialog<V>({ edit }: { edit: AgentForm<V> }) {
  return (
    <Modal
      opened={edit.conflict !== null}
      onClose={edit.closeConflict}
      title="Somebody saved a change meanwhile"
    >
      <Stack gap="md">
        <Text>
          Version {edit.conflict} was saved after you began. Your text is still here, and theirs
          stays in the versions whatever you choose.
        </Text>
        <Stack gap="xs">
          <Button onClick={edit.overwrite}>Save mine on top of version {edit.conflict}</Button>
          <Button variant="default" onClick={edit.takeTheirs}>
            Show version {edit.conflict} and drop my changes
          </Button>
          <Button variant="subtle" color="gray" onClick={edit.closeConflict}>
            Keep editing
          </Button>
        </Stack>
      </Stack>
    </Modal>
  );
}

function LeaveDialog<V>({ edit }: { edit: AgentForm<V> }) {
  const { leaving } = edit;
  return (
    <Modal opened={leaving !== null} onClose={() => leaving?.reset()} title="Leave without saving?">
      <Text>Your changes on this page are not saved yet.</Text>
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" color="red" onClick={() => leaving?.proceed()}>
          Leave and drop them
        </Button>
        <Button onClick={() => leaving?.reset()} data-autofocus>
          Stay here
        </Button>
      </Group>
    </Modal>
  );
}
