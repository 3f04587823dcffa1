export const TASKS = [
  "image_classification",
  "text_classification",
  "tabular_classification",
  "tabular_regression",
] as const;

export type Task = (typeof TASKS)[number];

/** What a column of a table may be for; the dataset's option of that name holds the column. */
export type ColumnRole = "text" | "target";

export const COLUMN_LABELS: Record<ColumnRole, string> = {
  text: "Column of texts",
  target: "Column to predict",
};

interface TaskWords {
  label: string;
  /** The columns that a table for the task has to name; an archive of class folders names none. */
  columns: readonly ColumnRole[];
  files: string;
  accept: string;
}

const TABLES = ".csv,.parquet,.jsonl,.ndjson";
const ARCHIVES = ".zip,.tar,.tar.gz,.tgz";

export const TASK_WORDS: Record<Task, TaskWords> = {
  image_classification: {
    label: "Classify images",
    columns: [],
    files: "a zip or tar with one folder of images per class",
    accept: ARCHIVES,
  },
  text_classification: {
    label: "Classify texts",
    columns: ["text", "target"],
    files: "a CSV, Parquet or JSONL table, or a zip or tar with one folder of texts per class",
    accept: `${TABLES},${ARCHIVES}`,
  },
  tabular_classification: {
    label: "Classify rows of a table",
    columns: ["target"],
    files: "a CSV, Parquet or JSONL table",
    accept: TABLES,
  },
  tabular_regression: {
    label: "Predict a number from a table",
    columns: ["target"],
    files: "a CSV, Parquet or JSONL table",
    accept: TABLES,
  },
};

const ARCHIVE = /\.(zip|tar|tgz|tar\.gz)$/i;

export function columnsAskedFor(task: Task, filename: string): readonly ColumnRole[] {
  return ARCHIVE.test(filename) ? [] : TASK_WORDS[task].columns;
}
