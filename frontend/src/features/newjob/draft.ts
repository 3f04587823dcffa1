/** What a person has chosen so far, and the spec it makes. */
import type { Schemas, SpecRequest } from "../../api/client.ts";
import type { FormValues } from "../../components/schema/SchemaForm.tsx";

export type Architecture = Schemas["Architecture"];

export const OPTIMIZERS = ["adamw", "adam", "sgd", "rmsprop", "adagrad"] as const;

export type OptimizerName = (typeof OPTIMIZERS)[number];

/** The pool of a spec that names none. */
const DEFAULT_POOL = "default";

/** The most slots that a spec can ask for, however large a worker is. */
const MOST_SLOTS = 8;

/** How many slots a job may take: one that no worker has could never start. */
export function mostSlots(pools: Schemas["PoolPrice"][]): number {
  const pool = pools.find(({ pool }) => pool === DEFAULT_POOL);
  return Math.min(MOST_SLOTS, Math.max(1, pool?.largest_worker ?? 1));
}

/** An empty number field leaves its value to the platform's default. */
export type NumberField = number | "";

export interface Training {
  epochs: NumberField;
  batchSize: NumberField;
  seed: NumberField;
  optimizer: OptimizerName;
  lr: NumberField;
}

export interface Draft {
  name: string;
  datasetVersion: string;
  task: Schemas["Task"];
  architecture: Architecture;
  hyperparameters: FormValues;
  training: Training;
  slots: number;
  maxCost: string;
}

export const LEARNING_RATES: Record<OptimizerName, number> = {
  adamw: 0.001,
  adam: 0.001,
  sgd: 0.01,
  rmsprop: 0.001,
  adagrad: 0.01,
};

export const DEFAULT_TRAINING: Training = {
  epochs: "",
  batchSize: "",
  seed: 0,
  optimizer: "adamw",
  lr: LEARNING_RATES.adamw,
};

const given = <Name extends string>(name: Name, value: NumberField): Partial<Record<Name, number>> =>
  value === "" ? {} : ({ [name]: value } as Record<Name, number>);

export function specOf(draft: Draft): SpecRequest {
  const { epochs, batchSize, seed, optimizer, lr } = draft.training;
  const maxCost = draft.maxCost.trim();
  return {
    name: draft.name.trim(),
    dataset: draft.datasetVersion,
    task: draft.task,
    // Shaped by the architecture's own JSON Schema, which the server holds it against.
    architecture: { ...draft.hyperparameters, name: draft.architecture.name } as SpecRequest["architecture"],
    training: {
      ...given("epochs", epochs),
      ...given("batch_size", batchSize),
      ...given("seed", seed),
      optimizer: { name: optimizer, ...given("lr", lr) },
    },
    ...(draft.slots > 1 ? { resources: { slots: draft.slots } } : {}),
    ...(maxCost ? { limits: { max_cost: maxCost } } : {}),
  };
}
