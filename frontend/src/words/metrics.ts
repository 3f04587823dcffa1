import { formatFigure, formatPercent } from "../format/number.ts";

/** Metrics that are fractions of one and read best as percentages. */
const FRACTIONS = /(^|_)(accuracy|precision|recall|f1|auroc|wer|cer)($|_)/;
const ABBREVIATIONS: Record<string, string> = {
  mse: "MSE",
  rmse: "RMSE",
  mae: "MAE",
  r2: "R²",
  f1: "F1",
  auroc: "AUROC",
  wer: "word error rate",
  cer: "character error rate",
  mape: "MAPE",
  smape: "sMAPE",
  mase: "MASE",
};
const PARTS: Record<string, string> = { train: "Training", val: "Validation", test: "Test" };

/** `val_accuracy` → `Validation accuracy`. */
export function metricName(name: string): string {
  const words = name
    .split("_")
    .map((word, index) => (index === 0 ? PARTS[word] : undefined) ?? ABBREVIATIONS[word] ?? word);
  const text = words.join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function metricValue(name: string, value: number): string {
  return FRACTIONS.test(name) ? formatPercent(value) : formatFigure(value);
}
