import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { afterAll, describe, expect, it } from "vitest";
import type { Schemas } from "../../api/client.ts";
import { FINDING_WORDS, type Outcome } from "../../words/verdicts.ts";
import { StateBadge } from "../../components/StateBadge.tsx";
import { en } from "../../i18n/en/index.ts";
import { type Area, loadTexts, startTexts } from "../../i18n/index.ts";
import { Verdict } from "./Verdict.tsx";

const VERDICT: Schemas["Verdict"] = {
  outcome: "no_better",
  metric: "accuracy",
  higher_is_better: true,
  value: 0.5,
  examples: 40,
  baselines: [{ name: "majority_class", value: 0.55, is_guess: true, rows: 320 }],
  best_baseline: "majority_class",
  better_by: { absolute: -0.05, relative: -0.09, low: -0.2, high: 0.1 },
  signs: [{ code: "one_class", message: "It takes every test row for 'a'." }],
  sentence: "Accuracy 0.5 on 40 test rows: no better than a guess.",
};

function show(outcome: Outcome, others: Partial<Schemas["Verdict"]> = {}) {
  render(
    <MantineProvider env="test">
      <Verdict verdict={{ ...VERDICT, outcome, ...others }} />
    </MantineProvider>,
  );
}

it("says in words what the model is worth, and what else was seen", () => {
  show("no_better");
  expect(screen.getByText("The model is no better than a guess")).toBeTruthy();
  expect(
    screen.getByText(
      "Accuracy 50.0 % on 40 test rows: no better than always answering the most frequent class (55.0 %).",
    ),
  ).toBeTruthy();
  expect(screen.getByText("It takes every test row for 'a'.")).toBeTruthy();
});

const OF_PRICES: Partial<Schemas["Verdict"]> = {
  metric: "rmse",
  higher_is_better: false,
  value: 38_543.2,
  baselines: [
    { name: "mean", value: 92_440, is_guess: true, rows: 320 },
    { name: "ridge_regression", value: 11_560, is_guess: false, rows: 320 },
  ],
  best_baseline: "ridge_regression",
  better_by: { absolute: -26_983, relative: -2.3, low: -30_000, high: -20_000 },
};

it("says that a simple model does better where it clearly does, with numbers as people write them", () => {
  show("matched", OF_PRICES);
  const alert = screen.getByRole("alert").textContent;
  expect(alert).toContain("A simple model does better");
  expect(alert).toContain("RMSE 38,540 on 40 test rows: better than always answering the mean (92,440)");
  expect(alert).toContain("does better: a ridge regression (11,560).");
});

it("calls no model a guess that too few rows cannot tell from one", () => {
  show("no_better", { value: 1, examples: 6 });
  const alert = screen.getByRole("alert").textContent;
  expect(alert).toContain("Too few test rows to tell it from a guess");
  expect(alert).not.toContain("no better than");
});

it("keeps the engine's sentence where it names a baseline of a later release", () => {
  show("no_better", {
    baselines: [{ name: "oracle", value: 0.9, is_guess: true, rows: 1 }],
    best_baseline: "oracle",
  });
  expect(screen.getByText(VERDICT.sentence)).toBeTruthy();
});

it.each(["better", "matched", "no_better", "worse", "diverged"] as Outcome[])(
  "has words for the outcome %s",
  (outcome) => {
    show(outcome);
    expect(screen.getByRole("alert").textContent).toContain(FINDING_WORDS[outcome].title);
  },
);

describe("in Chinese", () => {
  afterAll(async () => {
    await startTexts("en");
    await loadTexts(Object.keys(en) as Area[]);
  });

  it("the sentence and the signs are so, too", async () => {
    await startTexts("zh");
    await loadTexts(["verdict"]);
    show("no_better");
    expect(screen.getByText(/总是回答最常见的类别（55.0 %）/)).toBeTruthy();
    expect(screen.getByText("它把每行测试数据都归为同一类。")).toBeTruthy();
  });
});

function badgeOf(outcome: Outcome) {
  render(
    <MantineProvider env="test">
      <StateBadge state="succeeded" verdict={{ ...VERDICT, outcome }} />
    </MantineProvider>,
  );
}

it("a useless model is no green success", () => {
  badgeOf("no_better");
  expect(screen.getByText("No gain")).toBeTruthy();
  expect(document.querySelector("[style*='green']")).toBeNull();
});

it("a useful one is a success, and no more is said", () => {
  badgeOf("better");
  expect(screen.getByText("Succeeded")).toBeTruthy();
  expect(screen.queryByText("No gain")).toBeNull();
});
