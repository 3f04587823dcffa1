import { expect, it } from "vitest";
import type { Job } from "../jobs/queries.ts";
import { differences, flatten, settingName, summaryOf } from "./differences.ts";

const job = (spec: object) => ({ spec }) as unknown as Job;

it("lists the settings in which runs differ, and no other", () => {
  const one = job({
    name: "a",
    training: { epochs: 5, optimizer: { lr: 0.1 } },
    architecture: { hidden: [8] },
  });
  const two = job({
    name: "b",
    training: { epochs: 5, optimizer: { lr: 0.2 } },
    architecture: { hidden: [8, 8] },
  });
  expect(differences([one, two])).toEqual([
    { path: "architecture.hidden", values: ["[8]", "[8,8]"] },
    { path: "training.optimizer.lr", values: [0.1, 0.2] },
  ]);
  expect(differences([one, one])).toEqual([]);
  expect(flatten(null).size).toBe(0);
});

it("says a setting that one run lacks", () => {
  expect(differences([job({ init: "he" }), job({})])).toEqual([{ path: "init", values: ["he", undefined] }]);
});

it("names settings by what they belong to", () => {
  expect(["architecture.name", "training.optimizer.lr", "split.test"].map(settingName)).toEqual([
    "Architecture",
    "Optimizer lr",
    "Split test",
  ]);
});

it("sums up all that is a number", () => {
  expect(summaryOf([1, null, 3])).toEqual({
    count: 2,
    mean: 2,
    deviation: Math.SQRT2,
    least: 1,
    greatest: 3,
  });
  expect(summaryOf([null])).toBeNull();
});
