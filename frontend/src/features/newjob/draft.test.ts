import { expect, it } from "vitest";
import { type Architecture, DEFAULT_TRAINING, type Draft, mostSlots, specOf } from "./draft.ts";

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
  slots: 1,
  maxCost: "",
};

it("makes a spec of what was chosen", () => {
  expect(specOf(DRAFT)).toEqual({
    name: "iris",
    dataset: "dsv_1",
    task: "tabular_classification",
    architecture: { name: "mlp", hidden: [16] },
    training: { seed: 0, optimizer: { name: "adamw", lr: 0.001 } },
  });
});

it("leaves emptied fields to the platform, and caps the cost when asked to", () => {
  const training = { ...DEFAULT_TRAINING, batchSize: 64, lr: "" as const, optimizer: "sgd" as const };
  const spec = specOf({ ...DRAFT, training, maxCost: " 5.00 " });
  expect(spec.training).toEqual({ batch_size: 64, seed: 0, optimizer: { name: "sgd" } });
  expect(spec.limits).toEqual({ max_cost: "5.00" });
});

it("asks for several slots only when they were chosen", () => {
  expect(specOf({ ...DRAFT, slots: 2 }).resources).toEqual({ slots: 2 });
});

it.each([
  [[], 1],
  [[["other", 4]], 1],
  [[["default", 0]], 1],
  [
    [
      ["other", 4],
      ["default", 2],
    ],
    2,
  ],
  [[["default", 64]], 8],
] as [[string, number][], number][])("with workers as large as %j offers %d slots", (workers, most) => {
  const pools = workers.map(([pool, largest_worker]) => ({
    pool_id: `pool_${pool}`,
    pool,
    slot_kind: "cpu" as const,
    largest_worker,
    price: null,
    preemptible_price: null,
    upcoming: [],
  }));
  expect(mostSlots(pools)).toBe(most);
});
