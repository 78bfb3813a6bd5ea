import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { sessionQuery } from "@/api/sessions";
import type { Message, SessionDetail } from "@/api/types";
import type { Turn } from "./turn";
import { Turns } from "./turns";

const stores = new WeakMap<QueryClient, Turns>();

function upsert(messages: Message[], message: Message | null): Message[] {
  if (!message) return messages;
  const rest = messages.filter((known) => known.id !== message.id);
  return [...rest, message].sort((a, b) => a.seq - b.seq);
}

/** Puts the finished messages where the page reads them, so that nothing flickers at the end. */
async function keepResult(queries: QueryClient, sessionId: string, turn: Turn): Promise<void> {
  const { queryKey } = sessionQuery(sessionId);
  const detail = queries.getQueryData<SessionDetail>(queryKey);
  if (detail && turn.final) {
    const messages = upsert(upsert(detail.messages, turn.userMessage), turn.final);
    queries.setQueryData(queryKey, { ...detail, messages, running: null });
  } else await queries.invalidateQueries({ queryKey });
  const agentId = detail?.agent_id;
  if (agentId) void queries.invalidateQueries({ queryKey: ["agent", agentId, "sessions"] });
}

/** The one store of running answers of this application. */
export function useTurns(): Turns {
  const queries = useQueryClient();
  let turns = stores.get(queries);
  if (!turns) {
    turns = new Turns({ onEnd: (sessionId, turn) => keepResult(queries, sessionId, turn) });
    stores.set(queries, turns);
  }
  return turns;
}

export function useTurn(sessionId: string | undefined): Turn | undefined {
  const turns = useTurns();
  return useSyncExternalStore(turns.subscribe, () =>
    sessionId ? turns.get(sessionId) : undefined,
  );
}
