import { describe, expect, it } from "vitest";
import {
  isComplete,
  likelyColumns,
  mayHoldLabels,
  NO_COLUMNS,
  optionsOf,
  rolesAsked,
  withTime,
} from "./columns.ts";

const chosen = (targets: string[], separator = "") => ({ ...NO_COLUMNS, targets, separator });

describe("options of a dataset", () => {
  it.each([
    ["tabular_regression", "a.csv", chosen(["price"]), { target: "price" }],
    ["tabular_regression", "a.csv", chosen(["price", "rent"]), { targets: ["price", "rent"] }],
    ["tabular_regression", "a.csv", chosen(["price"], ";"), { target: "price" }],
    ["tabular_classification", "a.csv", chosen(["tags"], ";"), { target: "tags", label_separator: ";" }],
    ["tabular_classification", "a.csv", chosen(["hot", "wet"], ";"), { targets: ["hot", "wet"] }],
    ["image_classification", "a.zip", chosen([]), {}],
    ["image_classification", "a.zip", chosen([], ";"), {}],
    ["image_classification", "a.zip", chosen(["kind"]), { target: "kind" }],
    ["image_regression", "a.tar.gz", chosen(["age", "height"]), { targets: ["age", "height"] }],
    ["audio_classification", "a.zip", chosen(["kind"]), {}],
    ["text_classification", "a.csv", likelyColumns(["post", "tags"]), { text: "post", target: "tags" }],
    ["translation", "a.csv", likelyColumns(["en", "de"]), { text: "en", target: "de" }],
    [
      "recommendation",
      "a.csv",
      { ...NO_COLUMNS, roles: { user: "who", item: "what" } },
      { user: "who", item: "what" },
    ],
  ] as const)("for %s of %s and %j are %j", (task, filename, choice, options) => {
    expect(optionsOf(task, filename, { ...choice, targets: [...choice.targets] })).toEqual(options);
  });

  it("of a table with a row for each series name no columns of times", () => {
    const long = { ...NO_COLUMNS, roles: { time: "day", target: "load", series: "town" } };
    const wide = withTime(
      "time_series_forecasting",
      { ...NO_COLUMNS, roles: { time: "day", target: "load" } },
      "columns",
    );
    expect(optionsOf("time_series_forecasting", "a.csv", wide)).toEqual({
      time: "columns",
      series: "rows",
      target: "value",
    });
    expect(rolesAsked("time_series_forecasting", "a.csv", wide)).toEqual(["time", "series"]);
    expect(withTime("time_series_forecasting", wide, "day").roles).toEqual({ time: "day" });
    expect(withTime("time_series_forecasting", long, "columns").roles).toMatchObject({ series: "town" });
    const classes = withTime(
      "sequence_classification",
      { ...NO_COLUMNS, roles: { target: "kind" } },
      "columns",
    );
    expect(optionsOf("sequence_classification", "a.csv", classes)).toEqual({
      time: "columns",
      series: "rows",
      target: "kind",
    });
  });

  it("are complete once every column that is needed is chosen", () => {
    expect(isComplete("image_regression", "a.zip", NO_COLUMNS)).toBe(false);
    expect(isComplete("image_regression", "a.zip", chosen(["age"]))).toBe(true);
    expect(isComplete("image_classification", "a.zip", NO_COLUMNS)).toBe(true);
    expect(isComplete("tabular_regression", "a.csv", NO_COLUMNS)).toBe(false);
    expect(isComplete("translation", "a.csv", { ...NO_COLUMNS, roles: { text: "en" } })).toBe(false);
  });

  it("may hold labels in a single column of them", () => {
    expect(mayHoldLabels("tabular_classification", chosen(["tags"]))).toBe(true);
    expect(mayHoldLabels("tabular_classification", chosen(["hot", "wet"]))).toBe(false);
    expect(mayHoldLabels("tabular_regression", chosen(["price"]))).toBe(false);
  });
});
