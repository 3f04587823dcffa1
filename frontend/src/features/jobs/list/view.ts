/** What a list of jobs shows, as it stands in the address: search, filters, order, columns. */
import type { Schemas } from "../../../api/client.ts";
import { isJobState, type JobState } from "../../../words/jobs.ts";
import type { Job } from "../queries.ts";

export interface JobView {
  search: string;
  states: JobState[];
  task: string;
  /** A column, descending with a minus before it; newest first when empty. */
  sort: string;
  columns: string[];
}

export const FIXED_COLUMNS = [
  "progress",
  "task",
  "architecture",
  "pool",
  "duration",
  "cost",
  "created",
] as const;

export type FixedColumn = (typeof FIXED_COLUMNS)[number];

export const DEFAULT_COLUMNS = ["progress", "architecture", "metrics.val_loss", "cost", "created"];

export const isMetricColumn = (column: string): boolean => /^(metrics|test_metrics)\./.test(column);

/** What the API sorts by for a column, where it does. */
export function sortKey(column: string): string | null {
  if (column === "created") return "created_at";
  if (column === "name" || isMetricColumn(column)) return column;
  return null;
}

export function viewOf(search: URLSearchParams): JobView {
  const columns = search.get("columns");
  return {
    search: search.get("search") ?? "",
    states: search.getAll("state").filter(isJobState),
    task: search.get("task") ?? "",
    sort: search.get("sort") ?? "",
    columns: columns === null ? DEFAULT_COLUMNS : columns.split(",").filter(Boolean),
  };
}

/** The other way round; what is as it is at first is left out. */
export function searchOf(view: JobView): URLSearchParams {
  const search = new URLSearchParams();
  if (view.search) search.set("search", view.search);
  for (const state of view.states) search.append("state", state);
  if (view.task) search.set("task", view.task);
  if (view.sort) search.set("sort", view.sort);
  if (view.columns.join(",") !== DEFAULT_COLUMNS.join(",")) search.set("columns", view.columns.join(","));
  return search;
}

export function queryOf({ search, states, task, sort }: JobView) {
  return {
    ...(search ? { search } : {}),
    ...(states.length > 0 ? { state: states.join(",") } : {}),
    ...(task ? { task: task as Schemas["Task"] } : {}),
    ...(sort ? { sort } : {}),
  };
}

/** Whether a job that has changed is one of those that the view lets pass. */
export function isShown(job: Job, { search, states, task }: JobView): boolean {
  return (
    job.name.toLowerCase().includes(search.toLowerCase()) &&
    (states.length === 0 || states.includes(job.state)) &&
    (task === "" || job.task === task)
  );
}

export function metricIn(job: Job, column: string): number | null {
  const [part, ...name] = column.split(".");
  const values = part === "metrics" ? job.metrics.latest : (job.test_metrics ?? {});
  return values[name.join(".")] ?? null;
}

/** The metrics of `jobs` that a column can show. */
export function metricColumns(jobs: readonly Job[]): string[] {
  const found = new Set<string>();
  for (const job of jobs) {
    for (const name of Object.keys(job.test_metrics ?? {})) found.add(`test_metrics.${name}`);
    for (const name of Object.keys(job.metrics.latest)) found.add(`metrics.${name}`);
  }
  return [...found].sort();
}
