import { t } from "../i18n/index.ts";

export const TASKS = [
  "image_classification",
  "image_regression",
  "text_classification",
  "text_regression",
  "sentence_embedding",
  "token_classification",
  "audio_classification",
  "speech_recognition",
  "language_modelling",
  "instruction_tuning",
  "preference_tuning",
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
  text: t("terms.columns.text"),
  target: t("terms.columns.target"),
  time: t("terms.columns.time"),
  series: t("terms.columns.series"),
  user: t("terms.columns.user"),
  item: t("terms.columns.item"),
};

/** What to know of a column where its label does not say it. */
export const COLUMN_HINTS: Partial<Record<Task, Partial<Record<ColumnRole, string>>>> = {
  time_series_forecasting: {
    time: t("terms.columnHints.series_time"),
    target: t("terms.columnHints.series_target"),
    series: t("terms.columnHints.series_series"),
  },
  sequence_classification: {
    time: t("terms.columnHints.series_time"),
    target: t("terms.columnHints.sequence_target"),
    series: t("terms.columnHints.sequence_series"),
  },
  recommendation: {
    user: t("terms.columnHints.user"),
    item: t("terms.columnHints.item"),
    target: t("terms.columnHints.rating"),
    time: t("terms.columnHints.when"),
  },
};

interface FileKind {
  name: string;
  endings: readonly string[];
  /** What such a file most likely is for. */
  task: Task;
}

const TABLE: FileKind = {
  name: t("terms.fileKinds.table"),
  endings: [".csv", ".tsv", ".xlsx", ".parquet", ".jsonl", ".ndjson", ".json"],
  task: "tabular_classification",
};
const ARCHIVE: FileKind = {
  name: t("terms.fileKinds.archive"),
  endings: [".zip", ".tar", ".tar.gz", ".tgz"],
  task: "image_classification",
};
const TEXT: FileKind = { name: t("terms.fileKinds.text"), endings: [".txt"], task: "language_modelling" };
const CONVERSATIONS: FileKind = {
  name: t("terms.fileKinds.conversations"),
  endings: [".json"],
  task: "instruction_tuning",
};
const TAGGED: FileKind = {
  name: t("terms.fileKinds.tagged"),
  endings: [".conll", ".bio", ".iob", ".iob2"],
  task: "token_classification",
};
const FILE_KINDS = [TABLE, ARCHIVE, TEXT, CONVERSATIONS, TAGGED];

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
    label: t("terms.tasks.image_classification"),
    columns: [],
    archived: ["target"],
    optional: ["target"],
    several: "labels",
    files: t("terms.files.image_classification"),
    takes: [ARCHIVE],
  },
  image_regression: {
    label: t("terms.tasks.image_regression"),
    columns: [],
    archived: ["target"],
    several: "numbers",
    files: t("terms.files.image_regression"),
    takes: [ARCHIVE],
  },
  text_classification: {
    label: t("terms.tasks.text_classification"),
    columns: ["text", "target"],
    several: "labels",
    files: t("terms.files.text_classification"),
    takes: [TABLE, ARCHIVE],
  },
  text_regression: {
    label: t("terms.tasks.text_regression"),
    columns: ["text", "target"],
    several: "numbers",
    files: t("terms.files.text_regression"),
    takes: [TABLE],
  },
  sentence_embedding: {
    label: t("terms.tasks.sentence_embedding"),
    columns: [],
    files: t("terms.files.sentence_embedding"),
    takes: [TABLE],
  },
  token_classification: {
    label: t("terms.tasks.token_classification"),
    columns: [],
    files: t("terms.files.token_classification"),
    takes: [TAGGED, TABLE, TEXT, CONVERSATIONS],
  },
  audio_classification: {
    label: t("terms.tasks.audio_classification"),
    columns: [],
    archived: ["target"],
    optional: ["target"],
    files: t("terms.files.audio_classification"),
    takes: [ARCHIVE],
  },
  speech_recognition: {
    label: t("terms.tasks.speech_recognition"),
    columns: [],
    files: t("terms.files.speech_recognition"),
    takes: [ARCHIVE],
  },
  language_modelling: {
    label: t("terms.tasks.language_modelling"),
    columns: ["text"],
    files: t("terms.files.language_modelling"),
    takes: [TEXT, ARCHIVE, TABLE],
  },
  instruction_tuning: {
    label: t("terms.tasks.instruction_tuning"),
    columns: [],
    files: t("terms.files.instruction_tuning"),
    takes: [CONVERSATIONS, TABLE],
  },
  preference_tuning: {
    label: t("terms.tasks.preference_tuning"),
    columns: [],
    files: t("terms.files.preference_tuning"),
    takes: [CONVERSATIONS, TABLE],
  },
  translation: {
    label: t("terms.tasks.translation"),
    columns: ["text", "target"],
    files: t("terms.files.translation"),
    takes: [TABLE],
  },
  tabular_classification: {
    label: t("terms.tasks.tabular_classification"),
    columns: ["target"],
    several: "labels",
    files: t("terms.files.tabular_classification"),
    takes: [TABLE],
  },
  tabular_regression: {
    label: t("terms.tasks.tabular_regression"),
    columns: ["target"],
    several: "numbers",
    files: t("terms.files.tabular_regression"),
    takes: [TABLE],
  },
  time_series_forecasting: {
    label: t("terms.tasks.time_series_forecasting"),
    columns: ["target", "time", "series"],
    optional: ["series"],
    files: t("terms.files.time_series_forecasting"),
    takes: [TABLE],
  },
  sequence_classification: {
    label: t("terms.tasks.sequence_classification"),
    columns: ["target", "time", "series"],
    files: t("terms.files.sequence_classification"),
    takes: [TABLE],
  },
  recommendation: {
    label: t("terms.tasks.recommendation"),
    columns: ["user", "item", "target", "time"],
    optional: ["target", "time"],
    files: t("terms.files.recommendation"),
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
  const archived = kindOf(filename) === ARCHIVE;
  if (TASK_WORDS[task].several === "numbers")
    return archived ? t("terms.severalNumbersArchive") : t("terms.severalNumbers");
  return archived ? t("terms.severalLabelsArchive") : t("terms.severalLabels");
}
