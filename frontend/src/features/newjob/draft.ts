/** What a person has chosen so far, and the spec it makes. */
import type { Schemas, SpecRequest } from "../../api/client.ts";
import type { FormValues } from "../../components/schema/SchemaForm.tsx";

export type Architecture = Schemas["Architecture"];

export const OPTIMIZERS = ["adamw", "adam", "sgd", "rmsprop", "adagrad"] as const;

export type OptimizerName = (typeof OPTIMIZERS)[number];

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
  epochs: 10,
  batchSize: 64,
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
    ...(maxCost ? { limits: { max_cost: maxCost } } : {}),
  };
}
