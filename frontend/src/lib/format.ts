const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "long" });
const exact = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const dayMonth = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });
const dayMonthYear = new Intl.DateTimeFormat("en", {
  day: "numeric",
  month: "short",
  year: "numeric",
});
const count = new Intl.NumberFormat("en");

export function relativeTime(iso: string, now = Date.now()): string {
  const then = new Date(iso);
  const seconds = (then.getTime() - now) / 1000;
  const age = Math.abs(seconds);
  if (age < 45) return "just now";
  if (age < 45 * MINUTE) return relative.format(Math.round(seconds / MINUTE), "minute");
  if (age < 22 * HOUR) return relative.format(Math.round(seconds / HOUR), "hour");
  if (age < 7 * DAY) return relative.format(Math.round(seconds / DAY), "day");
  const sameYear = then.getFullYear() === new Date(now).getFullYear();
  return (sameYear ? dayMonth : dayMonthYear).format(then);
}

export function exactTime(iso: string): string {
  return exact.format(new Date(iso));
}

export function formatCount(value: number): string {
  return count.format(value);
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`;
}

export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KB", "MB", "GB"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** Enough digits to be true: a cost below a cent keeps two significant ones. */
export function formatCost(usd: string | null): string {
  if (usd === null) return "price unknown";
  const value = Number(usd);
  if (value === 0) return "free";
  if (value >= 1) return `$${value.toFixed(2)}`;
  if (value >= 0.01) return `$${value.toFixed(4)}`;
  const digits = Math.min(12, 1 - Math.floor(Math.log10(value)));
  return `$${value.toFixed(digits)}`;
}

export function formatPercent(share: number): string {
  return `${Math.round(share * 100)}%`;
}
