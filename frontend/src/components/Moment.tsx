import { useInterval } from "@mantine/hooks";
import { useState } from "react";
import { formatAge, formatMoment, formatUtc } from "../format/time.ts";

/** How long ago something was; the exact time on hover, in the reader's time zone and in UTC. */
export function Ago({ iso }: { iso: string }) {
  const [now, setNow] = useState(() => new Date());
  useInterval(() => setNow(new Date()), 30_000, { autoInvoke: true });
  return (
    <time dateTime={iso} title={`${formatMoment(iso)} · ${formatUtc(iso)}`}>
      {formatAge(iso, now)}
    </time>
  );
}
