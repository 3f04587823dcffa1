/** Where a new job begins: which architecture suits the data, and how long it trains. */
import type { Schemas } from "../../api/client.ts";
import { t } from "../../i18n/index.ts";

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

export const PRESETS = ["fast", "balanced", "best"] as const;

export type Preset = (typeof PRESETS)[number];

/**
 * What a preset sets of `training`, from what the platform would choose for these data: a third of the passes over them,
 * as many, or three times as many and an end once it no longer gets better.
 */
export function presetTraining(preset: Preset, usualEpochs: number): Record<string, unknown> {
  if (preset === "fast") return { epochs: Math.max(1, Math.ceil(usualEpochs / 3)) };
  if (preset === "balanced") return {};
  return {
    epochs: usualEpochs * 3,
    early_stopping: { metric: "val_loss", patience: Math.max(3, Math.ceil(usualEpochs / 3)) },
  };
}
