import { expect, it } from "vitest";
import { stepsIn } from "./steps.ts";

it.each([
  ["1, 2.5\n-3; 4e1", [1, 2.5, -3, 40]],
  [" [1, 2] ", [1, 2]],
  ['[{"load": 3, "day": "2026-01-01"}]', [{ load: 3, day: "2026-01-01" }]],
  ["1, two", undefined],
  ["", undefined],
  ["[1, ", undefined],
])("%j is the steps %j", (text, steps) => {
  expect(stepsIn(text)).toEqual(steps);
});
