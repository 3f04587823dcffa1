import type { MetricPoints } from "../../api/stream.ts";
import type { Series } from "./queries.ts";

const NOTHING: Omit<Series, "name"> = { steps: [], values: [], points: 0, lowest: null, highest: null };

/**
 * `series` with the points that the stream brought. A resumed attempt repeats steps: what it brings replaces what
 * was there from its first step on.
 */
export function appendPoints(series: readonly Series[], { steps, values }: MetricPoints): Series[] {
  const [first] = steps;
  if (first === undefined) return [...series];
  const known = new Map(series.map((one) => [one.name, one]));
  for (const [name, added] of Object.entries(values)) {
    const old = known.get(name) ?? NOTHING;
    const firstReplaced = old.steps.findIndex((step) => step >= first);
    const kept = firstReplaced < 0 ? old.steps.length : firstReplaced;
    known.set(name, {
      name,
      steps: [...old.steps.slice(0, kept), ...steps],
      values: [...old.values.slice(0, kept), ...added],
      points: old.points + added.length,
      lowest: old.lowest && [...old.lowest.slice(0, kept), ...added],
      highest: old.highest && [...old.highest.slice(0, kept), ...added],
    });
  }
  return [...known.values()];
}

/** Those of `points` whose series are in `names`; all for null. */
export function ofNames(points: MetricPoints, names: readonly string[] | null): MetricPoints {
  if (!names) return points;
  const values = Object.fromEntries(Object.entries(points.values).filter(([name]) => names.includes(name)));
  return { steps: points.steps, values };
}
