import type { Bar } from "../../components/StackedBars.tsx";
import { daysBetween } from "../../format/days.ts";
import type { UsageSummary } from "./queries.ts";

/** What was spent on each of the last `count` days, by the groups of the summary. */
export function usageBars({ days }: UsageSummary, count: number): Bar[] {
  return daysBetween(count, new Date()).map((day) => ({
    label: day,
    values: Object.fromEntries(
      days.filter((row) => row.day === day).map(({ key, amount }) => [key, Number(amount)]),
    ),
  }));
}
