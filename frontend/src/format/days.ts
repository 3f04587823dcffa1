const DAY_MS = 86_400_000;

/** The last `count` days up to `now`, in UTC, as the API writes days: `2026-11-29`. */
export function daysBetween(count: number, now: Date): string[] {
  return Array.from({ length: count + 1 }, (_, index) =>
    new Date(now.getTime() - (count - index) * DAY_MS).toISOString().slice(0, 10),
  );
}
