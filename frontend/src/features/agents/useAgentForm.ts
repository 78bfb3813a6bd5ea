import { type UseFormReturnType, useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { agentQuery, updateAgent } from "@/api/agents";
import type { Agent, AgentUpdate } from "@/api/types";
import { notifyDone } from "@/components/notify";
import { ApiError } from "@/lib/problem";

interface Shape<V> {
  /** The fields this form edits, as the agent has them now. */
  read: (agent: Agent) => V;
  /** The fields as they are sent. */
  write: (values: V) => AgentUpdate;
  validate?: (values: V) => Partial<Record<keyof V & string, string | null>>;
}

export interface AgentForm<V> {
  form: UseFormReturnType<V>;
  summary: string;
  setSummary: (text: string) => void;
  isDirty: boolean;
  isSaving: boolean;
  error: unknown;
  save: () => void;
  discard: () => void;
  /** The version somebody else saved meanwhile, while it is to be decided what to do. */
  conflict: number | null;
  overwrite: () => void;
  takeTheirs: () => void;
  closeConflict: () => void;
  leaving: { proceed: () => void; reset: () => void } | null;
}

function changed(before: AgentUpdate, after: AgentUpdate): AgentUpdate {
  const entries = Object.entries(after).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof AgentUpdate]),
  );
  return Object.fromEntries(entries);
}

/** Edits some fields of an agent: each save makes a version, and nobody's is lost. */
export function useAgentForm<V extends object>(agent: Agent, shape: Shape<V>): AgentForm<V> {
  const queries = useQueryClient();
  const [base, setBase] = useState(agent);
  const [summary, setSummary] = useState("");
  const [conflict, setConflict] = useState<number | null>(null);
  const form = useForm<V>({
    initialValues: shape.read(agent),
    validate: shape.validate && ((values) => ({ ...shape.validate?.(values) })),
  });
  const edits = changed(shape.write(shape.read(base)), shape.write(form.values));
  const isDirty = Object.keys(edits).length > 0;

  function load(from: Agent) {
    const values = shape.read(from);
    form.setInitialValues(values);
    form.setValues(values);
    form.resetDirty(values);
    setBase(from);
    setSummary("");
    setConflict(null);
  }

  // Somebody else's change shows at once where nothing is being edited; otherwise saving asks.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a newer agent is a reason to load
  useEffect(() => {
    if (agent !== base && !isDirty) load(agent);
  }, [agent]);

  const save = useMutation({
    mutationFn: (version: number) =>
      updateAgent(agent.id, {
        ...edits,
        change_summary: summary.trim() || undefined,
        base_version: version,
      }),
    onSuccess: (saved) => {
      const isNew = saved.active_version.number !== base.active_version.number;
      load(saved);
      queries.setQueryData(agentQuery(agent.id).queryKey, saved);
      void queries.invalidateQueries({ queryKey: ["agent", agent.id, "versions"] });
      void queries.invalidateQueries({ queryKey: ["agents"] });
      notifyDone(isNew ? `Saved as version ${saved.active_version.number}` : "Saved");
    },
    onError: async (error) => {
      if (!(error instanceof ApiError) || error.code !== "version_conflict") return;
      const latest = await queries.fetchQuery({ ...agentQuery(agent.id), staleTime: 0 });
      setConflict(latest.active_version.number);
    },
  });

  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isDirty && current.pathname !== next.pathname,
    enableBeforeUnload: () => isDirty,
    withResolver: true,
  });

  return {
    form,
    summary,
    setSummary,
    isDirty,
    isSaving: save.isPending,
    error: conflict === null ? save.error : null,
    save: () => {
      if (!form.validate().hasErrors) save.mutate(base.active_version.number);
    },
    discard: () => {
      save.reset();
      load(agent);
    },
    conflict,
    overwrite: () => {
      if (conflict === null) return;
      setConflict(null);
      save.mutate(conflict);
    },
    takeTheirs: () => {
      save.reset();
      load(queries.getQueryData(agentQuery(agent.id).queryKey) ?? agent);
    },
    closeConflict: () => setConflict(null),
    leaving:
      blocker.status === "blocked" ? { proceed: blocker.proceed, reset: blocker.reset } : null,
  };
}
