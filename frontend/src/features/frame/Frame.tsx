import { useLocalStorage } from "@mantine/hooks";
import type { ReactNode } from "react";
import type { User } from "@/api/types";
import { BottomBar } from "./BottomBar";
import { CommandPalette } from "./CommandPalette";
import classes from "./Frame.module.css";
import { Rail } from "./Rail";

/** The workspace around every page: rail at the left (a bar below on a phone), page at the right. */
export function Frame({ user, children }: { user: User; children: ReactNode }) {
  const [wide, setWide] = useLocalStorage({
    key: "agentgrid.rail.wide",
    defaultValue: true,
    getInitialValueInEffect: false,
  });
  return (
    <div className={classes.frame}>
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <Rail user={user} wide={wide} onToggle={() => setWide(!wide)} />
      <main id="main" className={classes.main} tabIndex={-1}>
        {children}
      </main>
      <BottomBar user={user} />
      <CommandPalette user={user} />
    </div>
  );
}
