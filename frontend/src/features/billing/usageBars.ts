import type { Bar } from "../../components/StackedBars.tsx";
import { daysBetween } from "../../format/days.ts";
import { formatCalendarDay } from "../../format/time.ts";
import type { UsageSummary } from "./queries.ts";

/** What was spent on each of the last `count` days of the summary's time zone, by its groups. */
export function usageBars({ days, time_zone }: UsageSummary, count: number): Bar[] {
  return daysBetween(count, new Date(), time_zone).map((day) => ({
    label: formatCalendarDay(day),
    values: Object.fromEntries(
      days.filter((row) => row.day === day).map(({ key, amount }) => [key, Number(amount)]),
    ),
  }));
}
