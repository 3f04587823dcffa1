import { describe, expect, it } from "vitest";
import type { Job } from "../queries.ts";
import { type JobPages, merged } from "./merging.ts";
import { DEFAULT_COLUMNS, metricColumns, metricIn, searchOf, viewOf } from "./view.ts";

const job = (id: string, facts: object = {}) =>
  ({
    id,
    name: id,
    state: "running",
    task: "tabular_regression",
    created_at: `2026-03-0${id.slice(-1)}T00:00:00Z`,
    metrics: { latest: {} },
    test_metrics: null,
    ...facts,
  }) as unknown as Job;

const pages = (...data: Job[]): JobPages => ({
  pages: [{ data, next_cursor: null, total: data.length, as_of: "" }],
  pageParams: [""],
});

const view = (search: string) => viewOf(new URLSearchParams(search));
const ids = ({ pages: [page] }: JobPages) => page?.data.map(({ id }) => id);

describe("the address of a list of jobs", () => {
  it.each([
    "",
    "search=digits&state=running&state=paused&task=tabular_regression&sort=-metrics.val_loss",
    "columns=progress%2Ctest_metrics.rmse%2Fprice",
  ])("%j says what is shown, and back", (search) => {
    expect(searchOf(view(search)).toString()).toBe(search);
  });

  it("has the usual columns unless told, and takes no state that there is not", () => {
    expect(view("state=lost")).toEqual({
      search: "",
      states: [],
      task: "",
      sort: "",
      columns: DEFAULT_COLUMNS,
    });
  });

  it("names metrics with dots and slashes in them", () => {
    const measured = job("job_1", { metrics: { latest: { "a.b/c": 2 } }, test_metrics: { loss: 1 } });
    expect(metricColumns([measured])).toEqual(["metrics.a.b/c", "test_metrics.loss"]);
    expect(metricIn(measured, "metrics.a.b/c")).toBe(2);
    expect(metricIn(measured, "test_metrics.nothing")).toBeNull();
  });
});

describe("changed jobs", () => {
  it("take the place of what was shown, and leave alone what has not changed", () => {
    const old = pages(job("job_2"), job("job_1"));
    const after = merged(old, [job("job_1", { state: "paused" })], view(""));
    expect(after.pages[0]?.data.map(({ state }) => state)).toEqual(["running", "paused"]);
    expect(after.pages[0]?.data[0]).toBe(old.pages[0]?.data[0]);
    expect(merged(old, [], view(""))).toBe(old);
  });

  it("go when the view no longer lets them pass, and the total knows it", () => {
    const after = merged(
      pages(job("job_2"), job("job_1")),
      [job("job_1", { state: "paused" })],
      view("state=running"),
    );
    expect([ids(after), after.pages[0]?.total]).toEqual([["job_2"], 1]);
  });

  it("that are new come first where the newest do, and only there", () => {
    const old = pages(job("job_2"), job("job_1"));
    expect(ids(merged(old, [job("job_3"), job("job_4")], view("")))).toEqual([
      "job_4",
      "job_3",
      "job_2",
      "job_1",
    ]);
    expect(ids(merged(old, [job("job_3")], view("sort=name")))).toEqual(["job_2", "job_1"]);
    expect(ids(merged(old, [job("job_3")], view("search=other")))).toEqual(["job_2", "job_1"]);
  });
});
