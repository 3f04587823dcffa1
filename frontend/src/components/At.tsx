import { formatMoment, formatUtc } from "../format/time.ts";

/** When something was or will be, in the reader's time zone; in UTC, which it names, on hover. */
export function At({ iso }: { iso: string }) {
  return (
    <time dateTime={iso} title={formatUtc(iso)}>
      {formatMoment(iso)}
    </time>
  );
}
