import {
  createSpotlight,
  Spotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
} from "@mantine/spotlight";
import {
  IconAdjustments,
  IconKey,
  IconMessage,
  IconPlugConnected,
  IconRobot,
  IconSearch,
  IconUser,
  IconVector,
} from "@tabler/icons-react";
import { useInfiniteQuery, useQueries } from "@tanstack/react-query";
import { type NavigateOptions, useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { agentsQuery } from "@/api/agents";
import { recentSessionsQuery } from "@/api/sessions";
import type { Agent, User } from "@/api/types";
import { Emblem } from "@/components/Emblem";
import { relativeTime } from "@/lib/format";

const [store, palette] = createSpotlight();

export const openPalette = () => palette.open();

const SESSION_AGENTS = 6;

/** Ctrl/Cmd+K: agents, conversations and pages by name. */
export function CommandPalette({ user }: { user: User }) {
  const [isOpen, setOpen] = useState(false);
  const navigate = useNavigate();
  const actions = useActions(user, isOpen, navigate);
  return (
    <Spotlight
      store={store}
      actions={actions}
      shortcut="mod + K"
      onSpotlightOpen={() => setOpen(true)}
      onSpotlightClose={() => setOpen(false)}
      nothingFound="Nothing by that name"
      highlightQuery
      scrollable
      maxHeight={420}
      limit={12}
      overlayProps={{ backgroundOpacity: 0.3, blur: 0 }}
      radius="lg"
      searchProps={{
        leftSection: <IconSearch size={18} stroke={1.7} aria-hidden />,
        placeholder: "Search agents, conversations and pages",
        "aria-label": "Search agents, conversations and pages",
      }}
    />
  );
}

type Go = (to: NavigateOptions) => unknown;

function useActions(user: User, isOpen: boolean, go: Go): SpotlightActionGroupData[] {
  const { data } = useInfiniteQuery({ ...agentsQuery(), enabled: isOpen });
  const agents = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const recent = agents.slice(0, SESSION_AGENTS);
  const sessions = useQueries({
    queries: recent.map((agent) => ({ ...recentSessionsQuery(agent.id), enabled: isOpen })),
  });
  return [
    { group: "Agents", actions: agents.map((agent) => agentAction(agent, go)) },
    {
      group: "Conversations",
      actions: recent.flatMap((agent, index) =>
        (sessions[index]?.data?.items ?? []).map((session) => ({
          id: session.id,
          label: session.title || "New conversation",
          description: `${agent.name}, ${relativeTime(session.updated_at)}`,
          leftSection: <IconMessage size={20} stroke={1.6} aria-hidden />,
          onClick: () =>
            go({
              to: "/agents/$agentId/chat/{-$sessionId}",
              params: { agentId: agent.id, sessionId: session.id },
            }),
        })),
      ),
    },
    { group: "Pages", actions: pageActions(user, go) },
  ];
}

function agentAction(agent: Agent, go: Go): SpotlightActionData {
  return {
    id: agent.id,
    label: agent.name,
    description: agent.description,
    leftSection: <Emblem emblem={agent.emblem} name={agent.name} size={28} />,
    onClick: () => go({ to: "/agents/$agentId", params: { agentId: agent.id } }),
  };
}

function pageActions(user: User, go: Go): SpotlightActionData[] {
  const page = (label: string, to: string, Icon: typeof IconRobot) => ({
    id: to,
    label,
    leftSection: <Icon size={20} stroke={1.6} aria-hidden />,
    onClick: () => go({ to } as NavigateOptions),
  });
  const pages = [
    page("All agents", "/agents", IconRobot),
    page("Your account", "/account", IconUser),
    page("API keys", "/account/api-keys", IconKey),
  ];
  if (user.role !== "admin") return pages;
  return [
    ...pages,
    page("Providers", "/admin/providers", IconPlugConnected),
    page("Embedding", "/admin/embedding", IconVector),
    page("Settings", "/admin/settings", IconAdjustments),
  ];
}
