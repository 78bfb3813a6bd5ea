import { formatDuration } from "@/lib/format";
import type { Span } from "@/lib/trail";
import classes from "./Waterfall.module.css";

/** Where the time went: each step as a bar on one time line, with its figure beside it. */
export function Waterfall({ spans, total }: { spans: readonly Span[]; total: number }) {
  const share = (value: number) => `${total > 0 ? (value / total) * 100 : 0}%`;
  return (
    <table className={classes.waterfall}>
      <caption className="visually-hidden">Steps and the time each took</caption>
      <tbody>
        {spans.map((span) => (
          <tr key={`${span.label} ${span.start}`} data-depth={span.depth}>
            <th scope="row">{span.label}</th>
            <td className={classes.lane} aria-hidden>
              <span style={{ marginLeft: share(span.start), width: share(span.length) }} />
            </td>
            <td className={classes.time}>{formatDuration(span.length)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
