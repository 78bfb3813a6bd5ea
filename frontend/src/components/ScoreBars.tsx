import classes from "./ScoreBars.module.css";

export interface Score {
  label: string;
  /** Null where this way did not find the passage. */
  value: number | null;
  /** The span that the bar shows; scores of different ways have no common scale. */
  low: number;
  high: number;
}

function share({ value, low, high }: Score): number {
  if (value === null || high <= low) return value === null ? 0 : 1;
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}

/** Why a passage was found: a bar for each way of finding it. */
export function ScoreBars({ scores }: { scores: readonly Score[] }) {
  return (
    <dl className={classes.scores}>
      {scores.map((score) => (
        <div key={score.label} className={classes.score}>
          <dt>{score.label}</dt>
          <dd>
            <span className={classes.track} aria-hidden>
              <span style={{ width: `${share(score) * 100}%` }} />
            </span>
            <span className={classes.value}>
              {score.value === null ? "not found" : score.value.toFixed(2)}
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
