/** Where a new job begins: which architecture suits the data, and how long it trains. */
import type { Schemas } from "../../api/client.ts";
import { t } from "../../i18n/index.ts";

type Task = Schemas["Task"];

interface Suggestion {
  architecture: string;
  /** From so many rows on; the last one that fits is recommended. */
  rows: number;
  why: string;
}

const small = (architecture: string): Suggestion => ({ architecture, rows: 0, why: t("newJob.whySmall") });
const large = (architecture: string, rows: number): Suggestion => ({
  architecture,
  rows,
  why: t("newJob.whyLarge"),
});
const usual = (architecture: string): Suggestion => ({ architecture, rows: 0, why: t("newJob.whyUsual") });

const IMAGES = [small("cnn"), large("resnet", 5_000)];

const SUGGESTIONS: Partial<Record<Task, Suggestion[]>> = {
  image_classification: IMAGES,
  image_regression: IMAGES,
  tabular_classification: [usual("mlp")],
  tabular_regression: [usual("mlp")],
  text_classification: [small("text_pool"), large("transformer", 20_000)],
  text_regression: [small("text_pool"), large("transformer", 20_000)],
  sentence_embedding: [small("text_pool"), large("transformer", 20_000)],
  audio_classification: [usual("speech_rnn")],
  speech_recognition: [usual("speech_rnn")],
  language_modelling: [usual("gpt")],
  translation: [usual("seq2seq")],
  time_series_forecasting: [usual("tcn")],
  sequence_classification: [small("rnn"), large("tcn", 5_000)],
  recommendation: [small("matrix_factorization"), large("two_tower", 500_000)],
};

export interface Recommendation {
  architecture: string;
  why: string;
}

/** The architecture to begin with, and why; of those in `served`. */
export function recommended(task: Task, rows: number, served: readonly string[]): Recommendation | null {
  const fitting = (SUGGESTIONS[task] ?? []).filter(
    (suggestion) => suggestion.rows <= rows && served.includes(suggestion.architecture),
  );
  return fitting.at(-1) ?? null;
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
