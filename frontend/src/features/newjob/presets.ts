/** Where a new job begins: which architecture suits the data, and how long it trains. */
import type { Schemas } from "../../api/client.ts";
import { withValue } from "../../components/schema/tree.ts";
import { t } from "../../i18n/index.ts";
import type { Spec } from "./spec.ts";

export type TaskEntry = Schemas["TaskEntry"];

export interface Recommendation {
  architecture: string;
  why: string;
}

/** The architecture to begin with, and why, of those in `served`: the last that `rows` rows are enough for. */
export function recommended(
  task: TaskEntry | undefined,
  rows: number,
  served: readonly string[],
): Recommendation | null {
  const choices = task?.recommended ?? [];
  const chosen = choices.findLast((each) => each.rows <= rows && served.includes(each.architecture));
  if (!chosen) return null;
  const fitting = chosen.rows === 0 ? t("newJob.whySmall") : t("newJob.whyLarge");
  return { architecture: chosen.architecture, why: choices.length === 1 ? t("newJob.whyUsual") : fitting };
}

export type PresetChoice = Schemas["Preset"];

export type Preset = PresetChoice["name"];

/** `spec` with what a preset sets of its training, as the quote says; what is as usual is left out. */
export function withPreset(spec: Spec, { training }: PresetChoice): Spec {
  const epochs = training.epochs === "auto" ? undefined : training.epochs;
  const lasting = withValue(spec, ["training", "epochs"], epochs);
  return withValue(lasting, ["training", "early_stopping"], training.early_stopping ?? undefined);
}
