import { useInterval } from "@mantine/hooks";
import { useState } from "react";
import { formatAge, formatMoment } from "../format/time.ts";

/** How long ago something was; the exact time on hover. */
export function Ago({ iso }: { iso: string }) {
  const [now, setNow] = useState(() => new Date());
  useInterval(() => setNow(new Date()), 30_000, { autoInvoke: true });
  return (
    <time dateTime={iso} title={formatMoment(iso)}>
      {formatAge(iso, now)}
    </time>
  );
}
