/** Which series share a chart: training and validation of the same metric, the loss first. */
import type { Series } from "./queries.ts";

export interface ChartGroup {
  metric: string;
  train?: Series;
  val?: Series;
}

const ORDER = ["loss", "accuracy"];

function rank(metric: string): number {
  const index = ORDER.indexOf(metric);
  return index < 0 ? ORDER.length : index;
}

export function chartGroups(series: readonly Series[]): ChartGroup[] {
  const groups = new Map<string, ChartGroup>();
  for (const one of series) {
    const [, part, metric] = /^(train|val)_(.+)$/.exec(one.name) ?? [];
    if (!metric || one.steps.length === 0) continue;
    const group = groups.get(metric) ?? { metric };
    groups.set(metric, { ...group, [part === "train" ? "train" : "val"]: one });
  }
  return [...groups.values()].sort((a, b) => rank(a.metric) - rank(b.metric));
}

const SMOOTHED_OVER = 1 / 40;

/**
 * Exponential moving average over a fortieth of the points, which starts unbiased (Kingma & Ba, 2015, section 3).
 * `null` stays a gap.
 */
export function smooth(values: readonly (number | null)[]): (number | null)[] {
  const factor = 1 - 1 / Math.max(1, values.length * SMOOTHED_OVER);
  let average = 0;
  let weight = 0;
  return values.map((value) => {
    if (value === null) return null;
    average = factor * average + (1 - factor) * value;
    weight = factor * weight + (1 - factor);
    return average / weight;
  });
}

/** The newest value of a series that is a number. */
export function latest(series: Series | undefined): number | null {
  return series?.values.findLast((value) => value !== null) ?? null;
}
