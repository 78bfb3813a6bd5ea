import { Tooltip } from "@mantine/core";
import {
  IconAdjustments,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconPlugConnected,
  IconRobot,
  IconSearch,
  IconVector,
} from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { agentsQuery } from "@/api/agents";
import type { User } from "@/api/types";
import { Emblem } from "@/components/Emblem";
import { Logo } from "@/components/Logo";
import { AccountMenu } from "./AccountMenu";
import { openPalette } from "./CommandPalette";
import classes from "./Frame.module.css";

const SHORTCUT = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘ K" : "Ctrl K";

interface Props {
  user: User;
  wide: boolean;
  onToggle: () => void;
}

export function Rail({ user, wide, onToggle }: Props) {
  const tip = (label: string, child: ReactElement) => (
    <Tooltip label={label} position="right" disabled={wide} openDelay={100}>
      {child}
    </Tooltip>
  );
  const ToggleIcon = wide ? IconLayoutSidebarLeftCollapse : IconLayoutSidebarLeftExpand;
  return (
    <nav className={classes.rail} data-wide={wide || undefined} aria-label="Main">
      <div className={classes.brand}>
        <Logo size={26} />
        <span className={classes.label}>AgentGrid</span>
      </div>
      {tip(
        `Search (${SHORTCUT})`,
        <button type="button" className={classes.item} onClick={openPalette} aria-label="Search">
          <IconSearch size={18} stroke={1.7} aria-hidden />
          <span className={classes.label}>Search</span>
          <kbd className={classes.keys}>{SHORTCUT}</kbd>
        </button>,
      )}
      {tip(
        "Agents",
        <Link
          to="/agents"
          className={classes.item}
          activeOptions={{ exact: true, includeSearch: false }}
        >
          <IconRobot size={18} stroke={1.7} aria-hidden />
          <span className={classes.label}>Agents</span>
        </Link>,
      )}
      {wide && <RecentAgents />}
      <div className={classes.spring} />
      {user.role === "admin" && (
        <>
          {tip(
            "Providers",
            <Link to="/admin/providers" className={classes.item}>
              <IconPlugConnected size={18} stroke={1.7} aria-hidden />
              <span className={classes.label}>Providers</span>
            </Link>,
          )}
          {tip(
            "Embedding",
            <Link to="/admin/embedding" className={classes.item}>
              <IconVector size={18} stroke={1.7} aria-hidden />
              <span className={classes.label}>Embedding</span>
            </Link>,
          )}
          {tip(
            "Settings",
            <Link to="/admin/settings" className={classes.item}>
              <IconAdjustments size={18} stroke={1.7} aria-hidden />
              <span className={classes.label}>Settings</span>
            </Link>,
          )}
        </>
      )}
      {tip(
        "Widen the menu",
        <button
          type="button"
          className={classes.item}
          onClick={onToggle}
          aria-label={wide ? "Narrow the menu" : "Widen the menu"}
        >
          <ToggleIcon size={18} stroke={1.7} aria-hidden />
          <span className={classes.label}>Collapse</span>
        </button>,
      )}
      <AccountMenu user={user} className={classes.item} labelClassName={classes.label} />
    </nav>
  );
}

function RecentAgents() {
  const { data } = useInfiniteQuery(agentsQuery());
  const agents = data?.pages[0]?.items ?? [];
  if (agents.length === 0) return null;
  const byUse = [...agents].sort((a, b) =>
    (b.last_used_at ?? "").localeCompare(a.last_used_at ?? ""),
  );
  return (
    <>
      <div className={classes.section}>Recent</div>
      <div className={classes.recent}>
        {byUse.slice(0, 8).map((agent) => (
          <Link
            key={agent.id}
            to="/agents/$agentId"
            params={{ agentId: agent.id }}
            className={classes.item}
          >
            <Emblem emblem={agent.emblem} name={agent.name} size={20} />
            <span className={classes.label}>{agent.name}</span>
          </Link>
        ))}
      </div>
    </>
  );
}
