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
  /** Whether a table may have a row for each series. */
  wide?: true;
  /** What a row may have several of. */
  several?: "labels" | "numbers";
  takes: readonly FileKind[];
}

export const TASK_WORDS: Record<Task, TaskWords> = {
  image_classification: {
    label: t("terms.tasks.image_classification"),
    columns: [],
    archived: ["target"],
    optional: ["target"],
    several: "labels",
    takes: [ARCHIVE],
  },
  image_regression: {
    label: t("terms.tasks.image_regression"),
    columns: [],
    archived: ["target"],
    several: "numbers",
    takes: [ARCHIVE],
  },
  text_classification: {
    label: t("terms.tasks.text_classification"),
    columns: ["text", "target"],
    several: "labels",
    takes: [TABLE, ARCHIVE],
  },
  text_regression: {
    label: t("terms.tasks.text_regression"),
    columns: ["text", "target"],
    several: "numbers",
    takes: [TABLE],
  },
  sentence_embedding: {
    label: t("terms.tasks.sentence_embedding"),
    columns: [],
    takes: [TABLE],
  },
  token_classification: {
    label: t("terms.tasks.token_classification"),
    columns: [],
    takes: [TAGGED, TABLE, TEXT, CONVERSATIONS],
  },
  audio_classification: {
    label: t("terms.tasks.audio_classification"),
    columns: [],
    archived: ["target"],
    optional: ["target"],
    takes: [ARCHIVE],
  },
  speech_recognition: {
    label: t("terms.tasks.speech_recognition"),
    columns: [],
    takes: [ARCHIVE],
  },
  language_modelling: {
    label: t("terms.tasks.language_modelling"),
    columns: ["text"],
    takes: [TEXT, ARCHIVE, TABLE],
  },
  instruction_tuning: {
    label: t("terms.tasks.instruction_tuning"),
    columns: [],
    takes: [CONVERSATIONS, TABLE],
  },
  preference_tuning: {
    label: t("terms.tasks.preference_tuning"),
    columns: [],
    takes: [CONVERSATIONS, TABLE],
  },
  translation: {
    label: t("terms.tasks.translation"),
    columns: ["text", "target"],
    takes: [TABLE],
  },
  tabular_classification: {
    label: t("terms.tasks.tabular_classification"),
    columns: ["target"],
    several: "labels",
    takes: [TABLE],
  },
  tabular_regression: {
    label: t("terms.tasks.tabular_regression"),
    columns: ["target"],
    several: "numbers",
    takes: [TABLE],
  },
  time_series_forecasting: {
    label: t("terms.tasks.time_series_forecasting"),
    columns: ["target", "time", "series"],
    optional: ["series"],
    wide: true,
    takes: [TABLE],
  },
  sequence_classification: {
    label: t("terms.tasks.sequence_classification"),
    columns: ["target", "time", "series"],
    wide: true,
    takes: [TABLE],
  },
  recommendation: {
    label: t("terms.tasks.recommendation"),
    columns: ["user", "item", "target", "time"],
    optional: ["target", "time"],
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
