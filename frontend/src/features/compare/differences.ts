/** What runs have in common and what not: their settings side by side, and figures over all of them. */
import type { Job } from "../jobs/queries.ts";

export type Setting = string | number | boolean | null;

/** `{training: {optimizer: {lr: 1}}}` as `training.optimizer.lr`; lists are one setting. */
export function flatten(value: unknown, prefix = ""): Map<string, Setting> {
  const found = new Map<string, Setting>();
  if (typeof value !== "object" || value === null) return found;
  for (const [name, inner] of Object.entries(value)) {
    const path = prefix ? `${prefix}.${name}` : name;
    if (Array.isArray(inner)) found.set(path, JSON.stringify(inner));
    else if (typeof inner === "object" && inner !== null) {
      for (const [deeper, setting] of flatten(inner, path)) found.set(deeper, setting);
    } else found.set(path, inner as Setting);
  }
  return found;
}

export interface Difference {
  path: string;
  /** One a job; undefined where it has no such setting. */
  values: (Setting | undefined)[];
}

const OWN_ANYWAY = new Set(["name"]);

/** Settings in which `jobs` differ. */
export function differences(jobs: readonly Job[]): Difference[] {
  const specs = jobs.map((job) => flatten(job.spec));
  const paths = new Set(specs.flatMap((spec) => [...spec.keys()]));
  return [...paths]
    .filter((path) => !OWN_ANYWAY.has(path))
    .map((path) => ({ path, values: specs.map((spec) => spec.get(path)) }))
    .filter(({ values }) => new Set(values).size > 1)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

export interface Summary {
  count: number;
  mean: number;
  deviation: number;
  least: number;
  greatest: number;
}

/** Of all `values` that are numbers; the deviation is that of a sample. */
export function summaryOf(values: readonly (number | null)[]): Summary | null {
  const numbers = values.filter((value) => value !== null);
  const count = numbers.length;
  if (count === 0) return null;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / count;
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    count,
    mean,
    deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : 0,
    least: Math.min(...numbers),
    greatest: Math.max(...numbers),
  };
}

/** `training.optimizer.lr` in words: `Optimizer lr`. */
export function settingName(path: string): string {
  const words = path
    .replace(/\.name$/, "")
    .replace(/^(training|architecture)\./, "")
    .replaceAll(/[._]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The last value of a metric of a run. */
export const valueOf = (job: Job, metric: string): number | null => job.metrics.latest[metric] ?? null;
