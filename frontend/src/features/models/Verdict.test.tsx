import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Schemas } from "../../api/client.ts";
import { OUTCOME_WORDS, type Outcome } from "../../words/verdicts.ts";
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

function show(outcome: Outcome) {
  render(
    <MantineProvider env="test">
      <Verdict verdict={{ ...VERDICT, outcome }} />
    </MantineProvider>,
  );
}

it("says in words what the model is worth, and what else was seen", () => {
  show("no_better");
  expect(screen.getByText("The model is no better than a guess")).toBeTruthy();
  expect(screen.getByText(VERDICT.sentence)).toBeTruthy();
  expect(screen.getByText("It takes every test row for 'a'.")).toBeTruthy();
});

it.each(Object.keys(OUTCOME_WORDS) as Outcome[])("has words for the outcome %s", (outcome) => {
  show(outcome);
  expect(screen.getByRole("alert").textContent).toContain(OUTCOME_WORDS[outcome].title);
});
