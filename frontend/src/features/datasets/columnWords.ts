/** What the columns of a table may be for, in words. */
import { t } from "../../i18n/index.ts";
import type { ColumnRole, Task } from "../../words/tasks.ts";

export const COLUMN_LABELS: Record<ColumnRole, string> = {
  text: t("data.columnLabels.text"),
  target: t("data.columnLabels.target"),
  time: t("data.columnLabels.time"),
  series: t("data.columnLabels.series"),
  user: t("data.columnLabels.user"),
  item: t("data.columnLabels.item"),
};

/** What to know of a column where its label does not say it. */
export const COLUMN_HINTS: Partial<Record<Task, Partial<Record<ColumnRole, string>>>> = {
  time_series_forecasting: {
    time: t("data.columnHints.series_time"),
    target: t("data.columnHints.series_target"),
    series: t("data.columnHints.series_series"),
  },
  sequence_classification: {
    time: t("data.columnHints.series_time"),
    target: t("data.columnHints.sequence_target"),
    series: t("data.columnHints.sequence_series"),
  },
  recommendation: {
    user: t("data.columnHints.user"),
    item: t("data.columnHints.item"),
    target: t("data.columnHints.rating"),
    time: t("data.columnHints.when"),
  },
};

/** What to know of them in a table with a row for each series. */
export const WIDE_HINTS: Partial<Record<ColumnRole, string>> = {
  time: t("data.wide.time_hint"),
  series: t("data.wide.series_hint"),
  target: t("data.columnHints.sequence_target"),
};
