/** Which series share a chart: those that are read against each other, training and validation, the loss first. */
import type { Series } from "./queries.ts";
import { isFraction } from "../../words/metrics.ts";

export type GroupKind = "loss" | "scores" | "errors" | "rate" | "other";

export interface ChartGroup {
  /** Of the group, and of the metric where it is for one alone. */
  key: string;
  kind: GroupKind;
  names: string[];
}

const ERRORS = new Set(["rmse", "mae", "naive_mae", "seasonal_naive_mae"]);
const ORDER: GroupKind[] = ["loss", "scores", "errors", "other", "rate"];
const PART = /^(train|val|test)_/;

/** `val_rmse/price` is the metric `rmse` of a part and a target. */
export const metricOf = (name: string): string => name.replace(PART, "").split("/")[0] ?? name;

function groupOf(name: string): Pick<ChartGroup, "key" | "kind"> {
  const metric = metricOf(name);
  if (metric === "lr") return { key: "lr", kind: "rate" };
  if (!PART.test(name)) return { key: name, kind: "other" };
  if (metric === "loss") return { key: "loss", kind: "loss" };
  if (isFraction(metric)) return { key: "scores", kind: "scores" };
  if (ERRORS.has(metric)) return { key: "errors", kind: "errors" };
  return { key: metric, kind: "other" };
}

export function chartGroups(names: readonly string[]): ChartGroup[] {
  const groups = new Map<string, ChartGroup>();
  for (const name of [...names].sort()) {
    const own = groupOf(name);
    const group = groups.get(own.key) ?? { ...own, names: [] };
    group.names.push(name);
    groups.set(own.key, group);
  }
  return [...groups.values()].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** The newest value of a series that is a number. */
export function latest(series: Series | undefined): number | null {
  return series?.values.findLast((value) => value !== null) ?? null;
}
