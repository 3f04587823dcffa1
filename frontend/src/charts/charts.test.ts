import { describe, expect, it } from "vitest";
import { type ChartSeries, drawingOf, valueAt } from "./model.ts";
import { moved } from "./navigation.ts";
import { INKS, lookOf } from "./palette.ts";
import { smooth } from "./smoothing.ts";
import { axesOf, STEP_AXIS } from "./xaxis.ts";
import { dataRange, formatTicks, paddedRange } from "./yaxis.ts";

const series = (
  steps: number[],
  values: (number | null)[],
  bounds: Partial<ChartSeries> = {},
): ChartSeries => ({
  key: "loss",
  label: "Loss",
  color: INKS[0],
  steps,
  values,
  ...bounds,
});

describe("the vertical axis", () => {
  const constant = Array<number>(50).fill(1);

  it("of a constant 100 % ends about there", () => {
    const [min, max] = paddedRange(dataRange([constant], false) ?? { min: 0, max: 0 }, "fraction");
    expect(min).toBeGreaterThan(0.9);
    expect(max).toBeLessThanOrEqual(1.02);
    expect(formatTicks([0.96, 0.98, 1, 1.02], "fraction")).toEqual(["96 %", "98 %", "100 %", null]);
  });

  it("shows the rest of a run that diverged, and all of it when asked to", () => {
    const values = [...Array.from({ length: 200 }, (_, i) => 2 - i / 200), 5e7, 5e13];
    expect(dataRange([values], false)?.max).toBeLessThan(10);
    expect(dataRange([values], true)?.max).toBe(5e13);
  });

  it("keeps a steep start and a single spike in view", () => {
    const values = Array.from({ length: 300 }, (_, i) => 2.3 * Math.exp(-i / 20) + 0.01);
    values[250] = 9;
    expect(dataRange([values], false)?.max).toBe(9);
  });

  it("has ticks that all read differently", () => {
    expect(formatTicks([0.031, 0.0315, 0.032], "number")).toEqual(["0.0310", "0.0315", "0.0320"]);
    expect(formatTicks([0.971, 0.972], "fraction")).toEqual(["97.1 %", "97.2 %"]);
    expect(formatTicks([0.25, 0.5, 0.75], "number")).toEqual(["0.25", "0.50", "0.75"]);
    expect(formatTicks([0, 20, 40], "number")).toEqual(["0", "20", "40"]);
    expect(formatTicks([0, 1e-5], "number")).toEqual(["0", "1.00e-5"]);
  });
});

describe("what is drawn", () => {
  it("has the band's greatest value where points are left out", () => {
    const drawing = drawingOf([series([1, 50], [2, 3], { lowest: [1, 3], highest: [90, 3] })], {
      axis: STEP_AXIS,
      smoothing: 0,
      log: false,
    });
    expect(drawing.columns.map(({ role }) => role)).toEqual(["raw", "highest", "lowest"]);
    expect(Math.max(...(drawing.data[2] as number[]))).toBe(90);
  });

  it("leaves out what a logarithm has no place for", () => {
    const asked = { axis: STEP_AXIS, smoothing: 0, log: true };
    expect(drawingOf([series([1, 2, 3], [0, -1, 10])], asked).data[1]).toEqual([null, null, 10]);
  });

  it("keeps the raw line beside a smoothed one", () => {
    const asked = { axis: STEP_AXIS, smoothing: 0.5, log: false };
    expect(drawingOf([series([1, 2, 3], [1, 5, 1])], asked).columns.map(({ role }) => role)).toEqual([
      "raw",
      "smooth",
    ]);
  });

  it("reads the value as it was measured at or before a step", () => {
    const one = series([10, 20, 30], [1, null, 3]);
    expect([5, 10, 19, 20, 99].map((step) => valueAt(one, step))).toEqual([null, 1, 1, null, 3]);
    expect(valueAt(one, null)).toBe(3);
  });
});

describe("smoothing", () => {
  it("has no bias towards zero, and keeps gaps", () => {
    const noisy = Array.from({ length: 400 }, (_, i) => (i === 7 ? null : 5 + (i % 2 ? 1 : -1)));
    const smoothed = smooth(noisy, 0.4);
    expect(smoothed[7]).toBeNull();
    expect(smoothed[0]).toBeCloseTo(4);
    expect(Math.abs((smoothed.at(-1) ?? 0) - 5)).toBeLessThan(0.2);
  });

  it("of zero changes nothing", () => expect(smooth([1, 9, null], 0)).toEqual([1, 9, null]));
});

describe("the horizontal axis", () => {
  const { epoch, time } = axesOf({ stepsPerEpoch: 20, clock: { steps: [10, 30], seconds: [5, 9] } });

  it("leads from steps to epochs and time, and back", () => {
    expect([epoch?.of(50), epoch?.stepAt(2.5)]).toEqual([2.5, 50]);
    expect([0, 10, 20, 30, 60].map((step) => time?.of(step))).toEqual([0, 5, 7, 9, 18]);
    expect([0, 5, 7, 9, 18].map((seconds) => time?.stepAt(seconds))).toEqual([0, 10, 20, 30, 60]);
  });

  it("is of steps alone where nothing else is known", () =>
    expect(Object.keys(axesOf({ clock: { steps: [], seconds: [] } }))).toEqual(["step"]));

  it("pans no further than there are points", () => {
    expect(moved([10, 20], 500, [0, 100])).toEqual([90, 100]);
    expect(moved([10, 20], -500, [0, 100])).toEqual([0, 10]);
  });
});

it("the first 28 lines look different", () => {
  const looks = Array.from({ length: 28 }, (_, place) => JSON.stringify(lookOf(place)));
  expect(new Set(looks).size).toBe(28);
});

describe("the axis of money", () => {
  const clock = { steps: [10, 20, 30, 40], seconds: [10, 20, 30, 40] };
  const spans = [
    { from: 0, to: 20, amount: 2 },
    { from: 30, to: 40, amount: 3 },
  ];

  it("grows while work is billed, and stands while it is free", () => {
    const axis = axesOf({ clock, cost: { spans, currency: "USD" } }).cost;
    expect([5, 10, 20, 25, 30, 35, 40, 50].map((step) => axis?.of(step))).toEqual([
      0.5, 1, 2, 2, 2, 3.5, 5, 5,
    ]);
    expect([1, 3.5].map((amount) => axis?.stepAt(amount))).toEqual([10, 35]);
    expect(axis?.describe(1)).toBe("for 1.000000 USD");
  });

  it("is not offered before anything is billed", () => {
    expect(axesOf({ clock, cost: null }).cost).toBeUndefined();
    expect(axesOf({ clock, cost: { spans: [], currency: "USD" } }).cost).toBeUndefined();
  });
});
