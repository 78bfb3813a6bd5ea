import { Tooltip } from "@mantine/core";
import { exactTime, relativeTime } from "@/lib/format";

/** A relative time; the exact one on hover and for readers of the page's code. */
export function When({ at }: { at: string }) {
  return (
    <Tooltip label={exactTime(at)}>
      <time dateTime={at}>{relativeTime(at)}</time>
    </Tooltip>
  );
}
