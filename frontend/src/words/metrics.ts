import { t } from "../i18n/index.ts";
import { formatFigure, formatPercent } from "../format/number.ts";

/** Metrics that are fractions of one and read best as percentages. */
const FRACTIONS = /(^|_)(accuracy|precision|recall|f1|auroc|wer|cer)($|_)/;
const ABBREVIATIONS: Record<string, string> = {
  mse: "MSE",
  rmse: "RMSE",
  mae: "MAE",
  r2: "R²",
  f1: "F1",
  roc: "ROC",
  auc: "AUC",
  auroc: "AUROC",
  accuracy: t("terms.metrics.accuracy"),
  loss: t("terms.metrics.loss"),
  perplexity: t("terms.metrics.perplexity"),
  precision: t("terms.metrics.precision"),
  recall: t("terms.metrics.recall"),
  macro: t("terms.metrics.macro"),
  micro: t("terms.metrics.micro"),
  entity: t("terms.metrics.entity"),
  wer: t("terms.metrics.wer"),
  cer: t("terms.metrics.cer"),
  mrr: "MRR",
  spearman: "Spearman ρ",
  mape: "MAPE",
  smape: "sMAPE",
  mase: "MASE",
};
const PARTS: Record<string, string> = {
  train: t("terms.parts.train"),
  val: t("terms.parts.val"),
  test: t("terms.parts.test"),
};

/** `val_accuracy` → `Validation accuracy`. */
export function metricName(name: string): string {
  const words = name
    .split("_")
    .map((word, index) => (index === 0 ? PARTS[word] : undefined) ?? ABBREVIATIONS[word] ?? word);
  const text = words.join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const isFraction = (name: string): boolean => FRACTIONS.test(name);

export function metricValue(name: string, value: number): string {
  return isFraction(name) ? formatPercent(value) : formatFigure(value);
}
