import { expect, it } from "vitest";
import { type Architecture, DEFAULT_TRAINING, type Draft, specOf } from "./draft.ts";

const MLP: Architecture = {
  name: "mlp",
  title: "Multi-layer perceptron",
  summary: "",
  tasks: ["tabular_classification"],
  hyperparameters: {},
  defaults: {},
};

const DRAFT: Draft = {
  name: " iris ",
  datasetVersion: "dsv_1",
  task: "tabular_classification",
  architecture: MLP,
  hyperparameters: { hidden: [16], activation: undefined },
  training: DEFAULT_TRAINING,
  maxCost: "",
};

it("makes a spec of what was chosen", () => {
  expect(specOf(DRAFT)).toEqual({
    name: "iris",
    dataset: "dsv_1",
    task: "tabular_classification",
    architecture: { name: "mlp", hidden: [16] },
    training: { epochs: 10, batch_size: 64, seed: 0, optimizer: { name: "adamw", lr: 0.001 } },
  });
});

it("leaves emptied fields to the platform, and caps the cost when asked to", () => {
  const training = { ...DEFAULT_TRAINING, epochs: "" as const, lr: "" as const, optimizer: "sgd" as const };
  const spec = specOf({ ...DRAFT, training, maxCost: " 5.00 " });
  expect(spec.training).toEqual({ batch_size: 64, seed: 0, optimizer: { name: "sgd" } });
  expect(spec.limits).toEqual({ max_cost: "5.00" });
});
