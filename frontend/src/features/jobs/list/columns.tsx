import type { ReactNode } from "react";
import { Ago } from "../../../components/Moment.tsx";
import { Money } from "../../../components/Money.tsx";
import { formatDuration, secondsBetween } from "../../../format/duration.ts";
import { t } from "../../../i18n/index.ts";
import { metricName, metricValue } from "../../../words/metrics.ts";
import { TASK_WORDS } from "../../../words/tasks.ts";
import { ProgressBar } from "../ProgressBar.tsx";
import type { Job } from "../queries.ts";
import { FIXED_COLUMNS, type FixedColumn, isMetricColumn, metricIn } from "./view.ts";

interface ColumnWords {
  label: string;
  width: number;
  /** Set to the right, with digits of one width. */
  number?: boolean;
  cell: (job: Job) => ReactNode;
}

const COLUMNS: Record<FixedColumn, ColumnWords> = {
  progress: { label: t("jobs.progress"), width: 150, cell: (job) => <ProgressBar job={job} /> },
  task: { label: t("jobs.task"), width: 200, cell: (job) => TASK_WORDS[job.task].label },
  architecture: { label: t("jobs.architecture"), width: 140, cell: (job) => job.architecture },
  pool: { label: t("jobs.pool"), width: 110, cell: (job) => job.pool },
  duration: {
    label: t("jobs.duration"),
    width: 120,
    number: true,
    cell: ({ started_at, finished_at }) =>
      started_at && finished_at ? formatDuration(secondsBetween(started_at, finished_at)) : "–",
  },
  cost: {
    label: t("jobs.cost"),
    width: 120,
    number: true,
    cell: ({ cost }) => <Money amount={cost.billed} currency={cost.currency} />,
  },
  created: {
    label: t("jobs.created"),
    width: 140,
    number: true,
    cell: (job) => <Ago iso={job.created_at} />,
  },
};

const isFixed = (column: string): column is FixedColumn =>
  (FIXED_COLUMNS as readonly string[]).includes(column);

const plainName = (column: string) => column.slice(column.indexOf(".") + 1);

/** What a column is called and shows; undefined for one that there is not. */
export function columnWords(column: string): ColumnWords | undefined {
  if (isFixed(column)) return COLUMNS[column];
  if (!isMetricColumn(column)) return undefined;
  const name = plainName(column);
  return {
    label: column.startsWith("test_") ? t("jobs.testMetric", { name: metricName(name) }) : metricName(name),
    width: 130,
    number: true,
    cell: (job) => {
      const value = metricIn(job, column);
      return value === null ? "–" : metricValue(name, value);
    },
  };
}
