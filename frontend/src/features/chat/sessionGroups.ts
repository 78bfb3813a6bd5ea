import type { Session } from "@/api/types";

export interface SessionGroup {
  label: string;
  sessions: Session[];
}

const DAY_MS = 86_400_000;
const month = new Intl.DateTimeFormat("en", { month: "long", year: "numeric" });

function startOfDay(time: number): number {
  const day = new Date(time);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
}

function labelOf(session: Session, now: number): string {
  if (session.pinned) return "Pinned";
  const today = startOfDay(now);
  const updated = new Date(session.updated_at).getTime();
  if (updated >= today) return "Today";
  if (updated >= today - DAY_MS) return "Yesterday";
  if (updated >= today - 6 * DAY_MS) return "Previous 7 days";
  return month.format(updated);
}

/** Conversations by day, newest first, the pinned ones on top. */
export function groupSessions(sessions: Session[], now = Date.now()): SessionGroup[] {
  const sorted = [...sessions].sort(
    (a, b) => Number(b.pinned) - Number(a.pinned) || b.updated_at.localeCompare(a.updated_at),
  );
  const groups: SessionGroup[] = [];
  for (const session of sorted) {
    const label = labelOf(session, now);
    const last = groups.at(-1);
    if (last?.label === label) last.sessions.push(session);
    else groups.push({ label, sessions: [session] });
  }
  return groups;
}
