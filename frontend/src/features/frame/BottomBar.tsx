import { IconAdjustments, IconRobot, IconSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { User } from "@/api/types";
import { AccountMenu } from "./AccountMenu";
import { openPalette } from "./CommandPalette";
import classes from "./Frame.module.css";

/** The rail's place on a phone. */
export function BottomBar({ user }: { user: User }) {
  return (
    <nav className={classes.bottom} aria-label="Main, below">
      <Link to="/agents" className={classes.bottomItem}>
        <IconRobot size={20} stroke={1.7} aria-hidden />
        Agents
      </Link>
      <button type="button" className={classes.bottomItem} onClick={openPalette}>
        <IconSearch size={20} stroke={1.7} aria-hidden />
        Search
      </button>
      {user.role === "admin" && (
        <Link to="/admin/providers" className={classes.bottomItem}>
          <IconAdjustments size={20} stroke={1.7} aria-hidden />
          Admin
        </Link>
      )}
      <AccountMenu user={user} className={classes.bottomItem} name="Account" />
    </nav>
  );
}
