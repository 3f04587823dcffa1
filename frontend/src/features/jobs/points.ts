import type { MetricPoints } from "../../api/stream.ts";
import type { Series } from "./queries.ts";

/**
 * `series` with the points that the stream brought. A resumed attempt repeats steps: what it brings replaces what
 * was there from its first step on.
 */
export function appendPoints(series: readonly Series[], { steps, values }: MetricPoints): Series[] {
  const [first] = steps;
  if (first === undefined) return [...series];
  const known = new Map(series.map((one) => [one.name, one]));
  for (const [name, added] of Object.entries(values)) {
    const old = known.get(name) ?? { name, steps: [], values: [], points: 0 };
    const firstReplaced = old.steps.findIndex((step) => step >= first);
    const kept = firstReplaced < 0 ? old.steps.length : firstReplaced;
    known.set(name, {
      name,
      steps: [...old.steps.slice(0, kept), ...steps],
      values: [...old.values.slice(0, kept), ...added],
      points: old.points + added.length,
    });
  }
  return [...known.values()];
}
