import type { Message } from "@/api/types";

/** A message on the path that is shown, and the answers it stands beside. */
export interface Step {
  message: Message;
  siblings: string[];
}

/** Which of several messages under one parent is shown; without a choice, the newest. */
export type Choices = Record<string, string>;

const ROOT = "root";

function byParent(messages: Message[]): Map<string, Message[]> {
  const known = new Set(messages.map((message) => message.id));
  const children = new Map<string, Message[]>();
  for (const message of [...messages].sort((a, b) => a.seq - b.seq)) {
    const parent = message.parent_id && known.has(message.parent_id) ? message.parent_id : ROOT;
    children.set(parent, [...(children.get(parent) ?? []), message]);
  }
  return children;
}

/** The path through a conversation's branches, from the first message to the last. */
export function threadOf(messages: Message[], choices: Choices): Step[] {
  if (messages.every((message) => message.parent_id === null)) {
    return messages.map((message) => ({ message, siblings: [message.id] }));
  }
  const children = byParent(messages);
  const steps: Step[] = [];
  let parent = ROOT;
  for (;;) {
    const candidates = children.get(parent) ?? [];
    const message = candidates.find(({ id }) => id === choices[parent]) ?? candidates.at(-1);
    if (!message) return steps;
    steps.push({ message, siblings: candidates.map(({ id }) => id) });
    parent = message.id;
  }
}

/** The choice that shows a message in place of its siblings. */
export function choose(choices: Choices, message: Message, id: string): Choices {
  return { ...choices, [message.parent_id ?? ROOT]: id };
}
