import { describe, expect, it } from "vitest";
import openapi from "../../openapi.json" with { type: "json" };
import { ATTEMPT_STATES, JOB_STATES, reasonInWords, reasonPhrase, STATE_WORDS } from "./jobs.ts";
import { ESTIMATE_SOURCES, FREE_REASONS, LIMITS } from "./billing.ts";
import { metricName, metricValue } from "./metrics.ts";
import { columnsAskedFor, kindOf, taskFor, TASKS } from "./tasks.ts";

interface Property {
  enum?: (string | null)[];
  $ref?: string;
  items?: Property;
  oneOf?: Property[];
  allOf?: Property[];
}

const schemas = openapi.components.schemas as unknown as Record<
  string,
  Property & { properties?: Record<string, Property> }
>;

/** The values that the API's document lists for a field. */
function valuesOf(schema: string, field: string): string[] {
  const follow = (property: Property | undefined): (string | null)[] => {
    const target = property?.$ref ? schemas[property.$ref.replace("#/components/schemas/", "")] : property;
    return target?.enum ?? (target?.oneOf ?? target?.allOf)?.flatMap(follow) ?? [];
  };
  const values = follow(schemas[schema]?.properties?.[field]);
  return values.filter((value) => value !== null).sort();
}

describe("the words cover what the API may say", () => {
  it.each([
    ["job states", JOB_STATES, valuesOf("Job", "state")],
    ["attempt states", Object.keys(ATTEMPT_STATES), valuesOf("Attempt", "state")],
    ["tasks", TASKS, valuesOf("Job", "task")],
    ["reasons for free time", Object.keys(FREE_REASONS), valuesOf("JobUsageRow", "free_reason")],
    ["what estimates are made by", Object.keys(ESTIMATE_SOURCES), valuesOf("QuoteEstimate", "source")],
    ["limits of the cost", Object.keys(LIMITS), valuesOf("Quote", "limited_by")],
  ])("%s", (_, words, values) => {
    expect(values).not.toEqual([]);
    expect([...words].sort()).toEqual(values);
  });
});

describe("reasons", () => {
  it.each(JOB_STATES)("%s always has a sentence, whatever the reason", (state) => {
    expect(reasonInWords(state, "never heard of")).toMatch(/\.$/);
  });

  it("says what a cap did", () => {
    expect(reasonInWords("paused", "cap_reached")).toBe(
      "Paused before it would pass its cost cap. Nothing is lost.",
    );
  });

  it("reads an unknown reason as words", () => expect(reasonPhrase("brand_new")).toBe("brand new"));
});

it("states that move on by themselves are live", () => {
  expect(JOB_STATES.filter((state) => STATE_WORDS[state].live)).toEqual([
    "queued",
    "starting",
    "running",
    "stopping",
  ]);
});

it.each([
  ["val_accuracy", 0.9714, "Validation accuracy", "97.1 %"],
  ["train_loss", 0.089286, "Training loss", "0.08929"],
  ["f1_macro", 0.5, "F1 macro", "50.0 %"],
  ["rmse", 3.14159, "RMSE", "3.142"],
])("the metric %s is shown by name and value", (name, value, label, text) => {
  expect(metricName(name)).toBe(label);
  expect(metricValue(name, value)).toBe(text);
});

it.each([
  ["text_classification", "posts.csv", ["text", "target"]],
  ["text_classification", "posts.tar.gz", []],
  ["language_modelling", "book.txt", []],
  ["language_modelling", "books.zip", []],
  ["language_modelling", "posts.jsonl", ["text"]],
  ["translation", "sentences.csv", ["text", "target"]],
  ["tabular_regression", "houses.parquet", ["target"]],
  ["image_classification", "digits.zip", ["target"]],
  ["image_regression", "faces.tar", ["target"]],
  ["audio_classification", "sounds.zip", ["target"]],
  ["recommendation", "stars.csv", ["user", "item", "target", "time"]],
  ["time_series_forecasting", "loads.csv", ["target", "time", "series"]],
] as const)("for %s, %s has to name %j", (task, filename, columns) => {
  expect(columnsAskedFor(task, filename)).toEqual(columns);
});

it.each([
  ["image_classification", "iris.csv", "tabular_classification"],
  ["image_classification", "iris.TSV", "tabular_classification"],
  ["image_classification", "digits.tar.gz", "image_classification"],
  ["tabular_classification", "digits.tgz", "image_classification"],
  ["tabular_regression", "digits.zip", "image_classification"],
  ["image_regression", "faces.zip", "image_regression"],
  ["tabular_regression", "houses.ndjson", "tabular_regression"],
  ["text_classification", "posts.csv", "text_classification"],
  ["text_classification", "posts.zip", "text_classification"],
  ["tabular_regression", "houses.data", "tabular_regression"],
  ["time_series_forecasting", "loads.csv", "time_series_forecasting"],
  ["image_classification", "book.txt", "language_modelling"],
  ["language_modelling", "posts.csv", "language_modelling"],
] as const)("with %s chosen, %s is for %s", (task, filename, fitting) => {
  expect(taskFor(task, kindOf(filename))).toBe(fitting);
});
