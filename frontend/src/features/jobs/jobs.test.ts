import { describe, expect, it } from "vitest";
import { buttonsFor } from "./actions.ts";
import { chartGroups, smooth } from "./chartGroups.ts";
import { appendPoints } from "./points.ts";
import type { Series } from "./queries.ts";

const series = (name: string, steps: number[], values: (number | null)[] = steps): Series => ({
  name,
  steps,
  values,
  points: steps.length,
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
  it("put training and validation of a metric together, the loss first", () => {
    const all = [
      series("lr", [1]),
      series("train_accuracy", [1]),
      series("val_f1_macro", [1]),
      series("val_loss", [1]),
      series("train_loss", [1]),
    ];
    expect(chartGroups(all)).toEqual([
      { metric: "loss", train: all[4], val: all[3] },
      { metric: "accuracy", train: all[1] },
      { metric: "f1_macro", val: all[2] },
    ]);
  });

  it("leave out series without points", () => expect(chartGroups([series("train_loss", [])])).toEqual([]));

  it("smooth without a bias towards zero, and keep gaps", () => {
    const noisy = Array.from({ length: 400 }, (_, i) => (i === 7 ? null : 5 + (i % 2 ? 1 : -1)));
    const smoothed = smooth(noisy);
    expect(smoothed[7]).toBeNull();
    expect(smoothed[0]).toBeCloseTo(4);
    expect(Math.abs((smoothed.at(-1) ?? 0) - 5)).toBeLessThan(0.2);
  });
});

describe("points from the stream", () => {
  it("are appended to their series", () => {
    const after = appendPoints([series("train_loss", [1, 2])], {
      steps: [3, 4],
      values: { train_loss: [3, null] },
    });
    expect(after).toEqual([{ name: "train_loss", steps: [1, 2, 3, 4], values: [1, 2, 3, null], points: 4 }]);
  });

  it("of a resumed attempt replace those of the lost one", () => {
    const [after] = appendPoints([series("train_loss", [1, 2, 3, 4])], {
      steps: [3],
      values: { train_loss: [30] },
    });
    expect(after?.steps).toEqual([1, 2, 3]);
    expect(after?.values).toEqual([1, 2, 30]);
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
