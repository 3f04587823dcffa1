/** What the outcomes of a verdict are called on the screen. */
import type { MantineColor } from "@mantine/core";
import type { Schemas } from "../api/client.ts";
import { formatCount } from "../format/number.ts";
import { t } from "../i18n/index.ts";
import { metricName, metricValue } from "./metrics.ts";

export type Outcome = Schemas["Verdict"]["outcome"];

interface OutcomeWords {
  title: string;
  color: MantineColor;
}

export const OUTCOME_WORDS: Record<Outcome, OutcomeWords> = {
  better: { title: t("terms.outcomes.better"), color: "green" },
  matched: { title: t("terms.outcomes.matched"), color: "blue" },
  no_better: { title: t("terms.outcomes.no_better"), color: "yellow" },
  worse: { title: t("terms.outcomes.worse"), color: "red" },
  diverged: { title: t("terms.outcomes.diverged"), color: "red" },
};

/** The figure that a verdict is about, and on how many rows it was measured. */
export function verdictFigure({ metric, value, examples }: Schemas["Verdict"]) {
  return {
    label: metricName(metric),
    value: metricValue(metric, value),
    note: t("terms.onTestRows", { rows: formatCount(examples) }),
  };
}
