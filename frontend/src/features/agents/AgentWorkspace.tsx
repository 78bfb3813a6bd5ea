import { ScrollArea, Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Agent } from "@/api/types";
import { Emblem } from "@/components/Emblem";
import { exactTime } from "@/lib/format";
import classes from "./AgentWorkspace.module.css";

interface Props {
  agent: Agent;
  canEdit: boolean;
  children: ReactNode;
}

const TABS = [
  { label: "Chat", to: "/agents/$agentId/chat/{-$sessionId}" },
  { label: "Knowledge", to: "/agents/$agentId/knowledge" },
  { label: "Instructions", to: "/agents/$agentId/instructions" },
  { label: "Versions", to: "/agents/$agentId/versions" },
  { label: "Settings", to: "/agents/$agentId/settings" },
] as const;

/** An agent's header and tabs. Who only chats with it sees no tabs at all. */
export function AgentWorkspace({ agent, canEdit, children }: Props) {
  return (
    <div className={classes.workspace}>
      <header className={classes.header}>
        <div className={classes.title}>
          <Emblem emblem={agent.emblem} name={agent.name} size={28} />
          <h1 className={classes.name}>{agent.name}</h1>
          {canEdit && (
            <Tooltip label={`Active version, saved ${exactTime(agent.active_version.created_at)}`}>
              <Link
                to="/agents/$agentId/versions"
                params={{ agentId: agent.id }}
                className={classes.chip}
              >
                <span className="visually-hidden">Active version </span>v
                {agent.active_version.number}
              </Link>
            </Tooltip>
          )}
        </div>
        {canEdit && (
          <ScrollArea type="never" className={classes.tabsScroll}>
            <nav className={classes.tabs} aria-label={`${agent.name}: sections`}>
              {TABS.map((tab) => (
                <Link
                  key={tab.label}
                  to={tab.to}
                  params={{ agentId: agent.id }}
                  className={classes.tab}
                  activeOptions={{ includeSearch: false }}
                >
                  {tab.label}
                  {tab.label === "Knowledge" && <Attention files={agent.files} />}
                </Link>
              ))}
            </nav>
          </ScrollArea>
        )}
      </header>
      <div className={classes.body}>{children}</div>
    </div>
  );
}

function Attention({ files }: { files: Agent["files"] }) {
  const tone = files.processing > 0 ? "busy" : files.failed > 0 ? "bad" : null;
  if (!tone) return null;
  const words = tone === "busy" ? "documents are being read" : "a document failed";
  return (
    <span className={classes.dot} data-tone={tone}>
      <span className="visually-hidden">({words})</span>
    </span>
  );
}
