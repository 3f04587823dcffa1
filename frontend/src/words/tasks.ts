export const TASKS = [
  "image_classification",
  "image_regression",
  "text_classification",
  "audio_classification",
  "speech_recognition",
  "language_modelling",
  "translation",
  "tabular_classification",
  "tabular_regression",
  "time_series_forecasting",
  "sequence_classification",
  "recommendation",
] as const;

export type Task = (typeof TASKS)[number];

/** What a column of a table may be for; the dataset's option of that name holds the column. */
export type ColumnRole = "text" | "target" | "time" | "series" | "user" | "item";

export const COLUMN_LABELS: Record<ColumnRole, string> = {
  text: "Column of texts",
  target: "Column to predict",
  time: "Column of times",
  series: "Column that tells series apart",
  user: "Column of users",
  item: "Column of items",
};

interface FileKind {
  name: string;
  endings: readonly string[];
  /** What such a file most likely is for. */
  task: Task;
}

const TABLE: FileKind = {
  name: "A table",
  endings: [".csv", ".tsv", ".parquet", ".jsonl", ".ndjson"],
  task: "tabular_classification",
};
const ARCHIVE: FileKind = {
  name: "An archive",
  endings: [".zip", ".tar", ".tar.gz", ".tgz"],
  task: "image_classification",
};
const TEXT: FileKind = { name: "A text", endings: [".txt"], task: "language_modelling" };
const FILE_KINDS = [TABLE, ARCHIVE, TEXT];

/** Every ending of a data file, as a file input takes them. */
export const DATA_FILES = FILE_KINDS.flatMap(({ endings }) => endings).join(",");

interface TaskWords {
  label: string;
  /** The columns that a table for the task has to name. */
  columns: readonly ColumnRole[];
  /** Those of the table that an archive may hold beside its files. */
  archived?: readonly ColumnRole[];
  /** Those of either that may be left empty. */
  optional?: readonly ColumnRole[];
  /** What a row may have several of. */
  several?: "labels" | "numbers";
  files: string;
  takes: readonly FileKind[];
}

export const TASK_WORDS: Record<Task, TaskWords> = {
  image_classification: {
    label: "Classify images",
    columns: [],
    archived: ["target"],
    optional: ["target"],
    several: "labels",
    files: "a zip or tar with one folder of images per class, or with a labels.csv that names each image",
    takes: [ARCHIVE],
  },
  image_regression: {
    label: "Predict numbers from images",
    columns: [],
    archived: ["target"],
    several: "numbers",
    files: "a zip or tar of images with a labels.csv: the name of each image, and its numbers",
    takes: [ARCHIVE],
  },
  text_classification: {
    label: "Classify texts",
    columns: ["text", "target"],
    several: "labels",
    files: "a CSV, Parquet or JSONL table, or a zip or tar with one folder of texts per class",
    takes: [TABLE, ARCHIVE],
  },
  audio_classification: {
    label: "Classify recordings",
    columns: [],
    files: "a zip or tar with one folder of WAV, FLAC, OGG or MP3 recordings per class",
    takes: [ARCHIVE],
  },
  speech_recognition: {
    label: "Recognize speech",
    columns: [],
    files: "a zip or tar of WAV, FLAC, OGG or MP3 recordings with a .txt beside each, or a transcripts.csv",
    takes: [ARCHIVE],
  },
  language_modelling: {
    label: "Write texts",
    columns: ["text"],
    files: "a text, a zip or tar of texts, or a CSV, Parquet or JSONL table",
    takes: [TEXT, ARCHIVE, TABLE],
  },
  translation: {
    label: "Translate texts",
    columns: ["text", "target"],
    files: "a CSV, Parquet or JSONL table with a text and its translation in each row",
    takes: [TABLE],
  },
  tabular_classification: {
    label: "Classify rows of a table",
    columns: ["target"],
    several: "labels",
    files: "a CSV, Parquet or JSONL table",
    takes: [TABLE],
  },
  tabular_regression: {
    label: "Predict numbers from a table",
    columns: ["target"],
    several: "numbers",
    files: "a CSV, Parquet or JSONL table",
    takes: [TABLE],
  },
  time_series_forecasting: {
    label: "Forecast series",
    columns: ["target", "time", "series"],
    optional: ["series"],
    files: "a CSV, Parquet or JSONL table with a row per time",
    takes: [TABLE],
  },
  sequence_classification: {
    label: "Classify series",
    columns: ["target", "time", "series"],
    files: "a CSV, Parquet or JSONL table with a row per step of a series",
    takes: [TABLE],
  },
  recommendation: {
    label: "Recommend items",
    columns: ["user", "item", "target", "time"],
    optional: ["target", "time"],
    files: "a CSV, Parquet or JSONL table of who met what; to predict are ratings, if there are any",
    takes: [TABLE],
  },
};

/** What a file is by the ending of its name, where that tells. */
export function kindOf(filename: string): FileKind | undefined {
  const name = filename.toLowerCase();
  return FILE_KINDS.find(({ endings }) => endings.some((ending) => name.endsWith(ending)));
}

/** `task`, or where it does not take files of this kind the one that does. */
export function taskFor(task: Task, kind: FileKind | undefined): Task {
  return !kind || TASK_WORDS[task].takes.includes(kind) ? task : kind.task;
}

export function mayBeEmpty(task: Task, role: ColumnRole): boolean {
  return TASK_WORDS[task].optional?.includes(role) ?? false;
}

export function columnsAskedFor(task: Task, filename: string): readonly ColumnRole[] {
  const kind = kindOf(filename);
  if (kind === TEXT) return [];
  return (kind === ARCHIVE ? TASK_WORDS[task].archived : TASK_WORDS[task].columns) ?? [];
}

/** What to know before several columns are chosen. */
export function severalHint(task: Task, filename: string): string {
  const { several } = TASK_WORDS[task];
  const table = kindOf(filename) === ARCHIVE ? " of labels.csv" : "";
  if (several === "numbers") return `One column${table}, or several that are learned together.`;
  const folders = table && "Leave it empty if folders are the classes. ";
  return `${folders}One column${table} of classes, or a column of 0 and 1 for each label.`;
}
