import { Button } from "@mantine/core";
import { useState } from "react";
import type { CoverageReport } from "@/api/types";
import { formatCount, formatPercent } from "@/lib/format";
import classes from "./Coverage.module.css";

export const COVERAGE_LABELS = {
  full: "Well covered",
  partial: "Partly covered",
  none: "Not covered",
} as const;
const KINDS = ["full", "partial", "none"] as const;

/** The totals as one bar, or as a table for who reads figures rather than pictures. */
export function CoverageChart({ report }: { report: CoverageReport }) {
  const [isTable, setTable] = useState(false);
  const total = Math.max(1, report.full + report.partial + report.none);
  return (
    <figure className={classes.chart} aria-label="Totals">
      {isTable ? (
        <table className={classes.totals}>
          <thead>
            <tr>
              <th scope="col">Coverage</th>
              <th scope="col">Questions</th>
              <th scope="col">Share</th>
            </tr>
          </thead>
          <tbody>
            {KINDS.map((kind) => (
              <tr key={kind}>
                <th scope="row">{COVERAGE_LABELS[kind]}</th>
                <td>{formatCount(report[kind])}</td>
                <td>{formatPercent(report[kind] / total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <>
          <div className={classes.bar} aria-hidden>
            {KINDS.filter((kind) => report[kind] > 0).map((kind) => (
              <span key={kind} data-kind={kind} style={{ flexGrow: report[kind] }} />
            ))}
          </div>
          <ul className={classes.legend} role="status">
            {KINDS.map((kind) => (
              <li key={kind} data-kind={kind}>
                {formatCount(report[kind])} {COVERAGE_LABELS[kind].toLowerCase()}
              </li>
            ))}
          </ul>
        </>
      )}
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        className={classes.toggle}
        onClick={() => setTable(!isTable)}
      >
        {isTable ? "Show as a chart" : "Show as a table"}
      </Button>
    </figure>
  );
}
