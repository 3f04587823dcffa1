/** What the outcomes of a verdict are called on the screen. */
import type { MantineColor } from "@mantine/core";
import type { Schemas } from "../api/client.ts";
import { formatCount } from "../format/number.ts";
import { t } from "../i18n/index.ts";
import { metricName, metricValue } from "./metrics.ts";

export type Verdict = Schemas["Verdict"];
export type Outcome = Verdict["outcome"];

/** An outcome, or what it is more exactly: `beaten` by a simple model, `untold` from a guess by few test rows. */
export type Finding = Outcome | "beaten" | "untold";

interface FindingWords {
  title: string;
  color: MantineColor;
  /** Beside the state of a job, where the model is of no use. */
  badge?: string;
}

export const FINDING_WORDS: Record<Finding, FindingWords> = {
  better: { title: t("terms.outcomes.better"), color: "green" },
  matched: { title: t("terms.outcomes.matched"), color: "blue" },
  beaten: { title: t("terms.outcomes.beaten"), color: "yellow" },
  untold: { title: t("terms.outcomes.untold"), color: "yellow" },
  no_better: {
    title: t("terms.outcomes.no_better"),
    color: "yellow",
    badge: t("terms.outcomeBadges.no_gain"),
  },
  worse: { title: t("terms.outcomes.worse"), color: "red", badge: t("terms.outcomeBadges.no_gain") },
  diverged: { title: t("terms.outcomes.diverged"), color: "red", badge: t("terms.outcomeBadges.diverged") },
};

/** By how much a value of the verdict's metric is better than another one. */
const better = ({ higher_is_better: higher }: Verdict, value: number, than: number) =>
  higher ? value - than : than - value;

/** The best of the baselines that are guesses. */
export function bestGuess(verdict: Verdict) {
  return verdict.baselines
    .filter(({ is_guess }) => is_guess)
    .sort((a, b) => better(verdict, b.value, a.value))[0];
}

export function findingOf(verdict: Verdict): Finding {
  const { outcome, better_by, value } = verdict;
  if (outcome === "matched" && better_by.high !== null && better_by.high < 0) return "beaten";
  const guess = bestGuess(verdict);
  return outcome === "no_better" && guess && better(verdict, value, guess.value) > 0 ? "untold" : outcome;
}

export const findingWords = (verdict: Verdict): FindingWords => FINDING_WORDS[findingOf(verdict)];

/** The figure that a verdict is about, and on how many rows it was measured. */
export function verdictFigure({ metric, value, examples }: Verdict) {
  return {
    label: metricName(metric),
    value: metricValue(metric, value),
    note: t("terms.onTestRows", { rows: formatCount(examples) }),
  };
}
