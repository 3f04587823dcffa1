import { expect, it } from "vitest";
import { rangeOf, ticksOf } from "./scale.ts";

it("makes room around what is drawn, around a constant too", () => {
  expect(rangeOf([0, 10], 0.1)).toEqual({ low: -1, high: 11 });
  expect(rangeOf([5, null, NaN, 5])).toEqual({ low: 4.5, high: 5.5 });
  expect(rangeOf([])).toEqual({ low: 0, high: 1 });
});

it("puts ticks on round numbers inside the range", () => {
  expect(ticksOf({ low: 0.3, high: 9.7 }, 5)).toEqual([2, 4, 6, 8]);
  expect(ticksOf({ low: -1, high: 1 }, 4)).toEqual([-1, -0.5, 0, 0.5, 1]);
});
