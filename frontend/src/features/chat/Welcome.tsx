import { Text } from "@mantine/core";
import type { Agent } from "@/api/types";
import { Emblem } from "@/components/Emblem";
import classes from "./Welcome.module.css";

/** The start of a conversation: a greeting and questions that can be asked with one click. */
export function Welcome({ agent, onAsk }: { agent: Agent; onAsk: (question: string) => void }) {
  return (
    <div className={classes.welcome}>
      <Emblem emblem={agent.emblem} name={agent.name} size={48} />
      <h2 className={classes.name}>{agent.name}</h2>
      <Text className={classes.text}>
        {agent.spec.welcome_message || agent.description || "Ask a question to begin."}
      </Text>
      {agent.files.processing > 0 && (
        <Text size="sm" c="dimmed" mt={8} role="status">
          It is still reading {agent.files.processing} of its documents; its first answers may miss
          them.
        </Text>
      )}
      {agent.spec.starter_questions.length > 0 && (
        <ul className={classes.starters}>
          {agent.spec.starter_questions.map((question) => (
            <li key={question}>
              <button type="button" className={classes.starter} onClick={() => onAsk(question)}>
                {question}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
