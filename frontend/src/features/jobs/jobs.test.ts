import { describe, expect, it } from "vitest";
import { buttonsFor } from "./actions.ts";
import { chartGroups } from "./chartGroups.ts";
import { appendPoints, ofNames } from "./points.ts";
import type { Series } from "./queries.ts";

const series = (name: string, steps: number[], values: (number | null)[] = steps): Series => ({
  name,
  steps,
  values,
  points: steps.length,
  lowest: null,
  highest: null,
});

describe("actions", () => {
  it.each([
    [
      ["cancel", "pause"],
      ["pause", "cancel"],
    ],
    [
      ["cancel", "clone", "resume"],
      ["resume", "cancel"],
    ],
    [[], []],
  ])("of %j that the API allows the buttons are %j", (allowed, buttons) => {
    expect(buttonsFor(allowed)).toEqual(buttons);
  });
});

describe("charts", () => {
  it("put together what is read against each other, the loss first", () => {
    const names = [
      "lr",
      "train_accuracy",
      "val_f1_macro",
      "val_loss",
      "train_loss",
      "val_rmse",
      "val_mae",
      "own",
    ];
    expect(chartGroups(names).map(({ key, names: drawn }) => [key, drawn])).toEqual([
      ["loss", ["train_loss", "val_loss"]],
      ["scores", ["train_accuracy", "val_f1_macro"]],
      ["errors", ["val_mae", "val_rmse"]],
      ["own", ["own"]],
      ["lr", ["lr"]],
    ]);
  });

  it("of a regression with two targets are few", () => {
    const metrics = [
      "loss",
      "mse",
      "rmse",
      "mae",
      "r2",
      "rmse/a",
      "rmse/b",
      "mae/a",
      "mae/b",
      "r2/a",
      "r2/b",
    ];
    const names = metrics.map((metric) => `val_${metric}`);
    expect(chartGroups(["train_loss", "lr", ...names]).map(({ key }) => key)).toEqual([
      "loss",
      "errors",
      "mse",
      "r2",
      "lr",
    ]);
  });
});

describe("points from the stream", () => {
  it("are appended to their series", () => {
    const after = appendPoints([series("train_loss", [1, 2])], {
      steps: [3, 4],
      values: { train_loss: [3, null] },
    });
    expect(after).toEqual([series("train_loss", [1, 2, 3, 4], [1, 2, 3, null])]);
  });

  it("of a resumed attempt replace those of the lost one", () => {
    const [after] = appendPoints([series("train_loss", [1, 2, 3, 4])], {
      steps: [3],
      values: { train_loss: [30] },
    });
    expect(after?.steps).toEqual([1, 2, 3]);
    expect(after?.values).toEqual([1, 2, 30]);
  });

  it("bound themselves where those before are bounded", () => {
    const bounded = { ...series("a", [1, 9]), lowest: [0, 9], highest: [5, 9] };
    const [after] = appendPoints([bounded], { steps: [10], values: { a: [7] } });
    expect([after?.lowest, after?.highest]).toEqual([
      [0, 9, 7],
      [5, 9, 7],
    ]);
  });

  it("of other names than a chart draws are left out", () => {
    expect(ofNames({ steps: [1], values: { a: [1], b: [2] } }, ["b"])).toEqual({
      steps: [1],
      values: { b: [2] },
    });
  });

  it("may begin a new series and leave others alone", () => {
    const old = [series("train_loss", [1])];
    const after = appendPoints(old, { steps: [1], values: { val_loss: [9] } });
    expect(after.map((one) => [one.name, one.steps])).toEqual([
      ["train_loss", [1]],
      ["val_loss", [1]],
    ]);
  });
});
