import { dateLocale } from "../format/locale.ts";
import { formatMoment } from "../format/time.ts";

const utc = new Intl.DateTimeFormat(dateLocale, { dateStyle: "medium", timeStyle: "long", timeZone: "UTC" });

/** When something was or will be, in the reader's time zone; in UTC, which it names, on hover. */
export function At({ iso }: { iso: string }) {
  return (
    <time dateTime={iso} title={utc.format(new Date(iso))}>
      {formatMoment(iso)}
    </time>
  );
}
