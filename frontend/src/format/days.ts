const DAY_MS = 86_400_000;

/** The last `count` days up to `now` in a time zone (IANA), as the API writes days: `2026-11-29`. */
export function daysBetween(count: number, now: Date, timeZone = "UTC"): string[] {
  // Sweden writes dates so. From the last day on it is days of the calendar that count, not hours.
  const today = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeZone }).format(now);
  return Array.from({ length: count + 1 }, (_, index) =>
    new Date(Date.parse(`${today}T00:00:00Z`) - (count - index) * DAY_MS).toISOString().slice(0, 10),
  );
}
