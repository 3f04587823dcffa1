import { type KeyFigure, KeyFigures } from "../../components/KeyFigures.tsx";
import { Money } from "../../components/Money.tsx";
import { formatDuration, formatEta, secondsBetween } from "../../format/duration.ts";
import { t } from "../../i18n/index.ts";
import { isLive } from "../../words/jobs.ts";
import { metricName, metricValue } from "../../words/metrics.ts";
import { verdictFigure } from "../../words/verdicts.ts";
import { outOf } from "./outOf.ts";
import type { Job } from "./queries.ts";

/** The last value of a score on the validation rows, else of a loss. */
function latestScore({ metrics: { latest } }: Job): [string, number] | undefined {
  const told = Object.entries(latest).flatMap(([name, value]): [string, number][] =>
    value === null ? [] : [[name, value]],
  );
  return (
    told.find(([name]) => name.startsWith("val_") && name !== "val_loss") ??
    told.find(([name]) => name === "val_loss") ??
    told.find(([name]) => name.endsWith("loss"))
  );
}

function quality(job: Job): KeyFigure[] {
  if (job.verdict) return [verdictFigure(job.verdict)];
  const score = latestScore(job);
  return score ? [{ label: metricName(score[0]), value: metricValue(...score) }] : [];
}

function time(job: Job): KeyFigure {
  const { started_at: start, finished_at: end, progress } = job;
  const { epoch, epochs, eta_seconds: eta } = progress;
  const note = t("jobs.epochOf", { epoch: outOf(epoch, epochs) });
  if (isLive(job.state) && eta !== null) return { label: t("jobs.timeLeft"), value: formatEta(eta), note };
  const took = start && end ? formatDuration(secondsBetween(start, end)) : "–";
  return { label: t("jobs.duration"), value: took, note };
}

function cost({ cost: { billed, cap, currency } }: Job): KeyFigure {
  return {
    label: t("jobs.cost"),
    value: <Money amount={billed} currency={currency} exact />,
    note: (
      <>
        {t("jobs.neverMoreThan")} <Money amount={cap} currency={currency} />
      </>
    ),
    testId: "billed",
  };
}

/** How good, how far, how long, how much. */
export function JobFigures({ job }: { job: Job }) {
  const { percent, step, total_steps: total } = job.progress;
  const progress: KeyFigure = {
    label: t("jobs.progress"),
    value: `${percent.toFixed(0 < percent && percent < 100 ? 1 : 0)} %`,
    note: t("jobs.stepOf", { step: outOf(step, total) }),
  };
  const isDone = job.state === "succeeded";
  return <KeyFigures figures={[...quality(job), ...(isDone ? [] : [progress]), time(job), cost(job)]} />;
}
