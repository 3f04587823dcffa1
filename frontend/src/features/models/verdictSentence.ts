import { formatFigure } from "../../format/number.ts";
import { knownText, t } from "../../i18n/index.ts";
import { isFraction, metricName, metricValue } from "../../words/metrics.ts";
import { bestGuess, findingOf, type Verdict } from "../../words/verdicts.ts";

/** A verdict in a sentence of the reader's language; the engine's own where it names what has no words here. */
export function verdictSentence(verdict: Verdict): string {
  const { metric, value, examples, better_by: by } = verdict;
  const best = against(
    verdict,
    verdict.baselines.find(({ name }) => name === verdict.best_baseline),
  );
  const guess = against(verdict, bestGuess(verdict));
  if (!best || !guess) return verdict.sentence;
  const opening = t("verdict.opening", {
    metric: metricName(metric),
    value: metricValue(metric, value),
    rows: examples,
  });
  const finding = findingOf(verdict);
  if (finding !== "better") return t(`verdict.sentences.${finding}`, { opening, best, guess });
  const amount = (difference: number) => differenceOf(metric, difference);
  return by.low === null || by.high === null
    ? t("verdict.better", { opening, best, by: amount(by.absolute) })
    : t("verdict.betterWithin", {
        opening,
        best,
        by: amount(by.absolute),
        low: amount(by.low),
        high: amount(by.high),
      });
}

/** What a baseline is and reaches. */
function against({ metric }: Verdict, baseline: Verdict["baselines"][number] | undefined) {
  const known = baseline && knownText(`verdict.baselines.${baseline.name}`);
  return known && t("verdict.against", { baseline: known, value: metricValue(metric, baseline.value) });
}

/** Of shares in percentage points. */
const differenceOf = (metric: string, difference: number) =>
  isFraction(metric)
    ? t("verdict.points", { value: formatFigure(Number((100 * difference).toFixed(1))) })
    : formatFigure(difference);
