export const TASKS = ["image_classification", "tabular_classification", "tabular_regression"] as const;

export type Task = (typeof TASKS)[number];

interface TaskWords {
  label: string;
  needsTarget: boolean;
  files: string;
  accept: string;
}

const TABLE = {
  needsTarget: true,
  files: "a CSV, Parquet or JSONL table",
  accept: ".csv,.parquet,.jsonl,.ndjson",
};

export const TASK_WORDS: Record<Task, TaskWords> = {
  image_classification: {
    label: "Classify images",
    needsTarget: false,
    files: "a zip or tar with one folder of images per class",
    accept: ".zip,.tar,.tar.gz,.tgz",
  },
  tabular_classification: { label: "Classify rows of a table", ...TABLE },
  tabular_regression: { label: "Predict a number from a table", ...TABLE },
};
