import type { Schemas } from "../../api/client.ts";
import { type ColumnRole, columnsAskedFor, mayBeEmpty, type Task, TASK_WORDS } from "../../words/tasks.ts";

/** What was chosen of the columns of a file; `targets` where a task may have several to predict. */
export interface ColumnChoice {
  roles: Partial<Record<ColumnRole, string>>;
  targets: string[];
  /** What stands between the labels of a cell. */
  separator: string;
}

/** What the options of a table with a row for each series say in place of columns, and what a step of it is called. */
export const WIDE = { time: "columns", series: "rows", target: "value" } as const;

export const NO_COLUMNS: ColumnChoice = { roles: {}, targets: [], separator: "" };

/** A first choice among the columns that a file has. */
export function likelyColumns(columns: string[]): ColumnChoice {
  const [first = ""] = columns;
  const roles = { text: first, time: first, target: columns.at(-1) ?? "" };
  return { ...NO_COLUMNS, roles, targets: columns.slice(-1) };
}

/** Whether the table has a row for each series, and a column for each time. */
export const isWide = (task: Task, { roles }: ColumnChoice): boolean =>
  TASK_WORDS[task].wide === true && roles.time === WIDE.time;

/** The columns that are asked for, as the table stands: what a wide one tells of a forecast has a name already. */
export function rolesAsked(task: Task, filename: string, choice: ColumnChoice): readonly ColumnRole[] {
  const asked = columnsAskedFor(task, filename);
  return isWide(task, choice) && task === "time_series_forecasting"
    ? asked.filter((role) => role !== "target")
    : asked;
}

/** The choice once `column` is the one of times: a table that becomes wide, or is so no more, asks for others. */
export function withTime(task: Task, choice: ColumnChoice, column: string): ColumnChoice {
  const { series, target, ...others } = choice.roles;
  const isForecast = task === "time_series_forecasting";
  if (column === WIDE.time)
    return {
      ...choice,
      roles: {
        ...others,
        time: column,
        series: series === undefined || series === "" ? WIDE.series : series,
        ...(isForecast ? { target: WIDE.target } : target && { target }),
      },
    };
  const wasWide = isWide(task, choice);
  return {
    ...choice,
    roles: {
      ...others,
      time: column,
      ...(series && !(wasWide && series === WIDE.series) && { series }),
      ...(target && !(wasWide && isForecast) && { target }),
    },
  };
}

function chosenFor(task: Task, role: ColumnRole, { roles, targets }: ColumnChoice): string | undefined {
  return role === "target" && TASK_WORDS[task].several ? targets[0] : roles[role];
}

/** Whether cells may hold several labels: of one column of them. */
export function mayHoldLabels(task: Task, { targets }: ColumnChoice): boolean {
  return TASK_WORDS[task].several === "labels" && targets.length === 1;
}

export function isComplete(task: Task, filename: string, choice: ColumnChoice): boolean {
  return columnsAskedFor(task, filename).every(
    (role) => mayBeEmpty(task, role) || Boolean(chosenFor(task, role, choice)),
  );
}

/** The dataset's options. */
export function optionsOf(
  task: Task,
  filename: string,
  choice: ColumnChoice,
): NonNullable<Schemas["DatasetCreateRequest"]["options"]> {
  const { targets, separator } = choice;
  const asked = columnsAskedFor(task, filename);
  const named = asked.flatMap((role): [ColumnRole, string][] => {
    const column = chosenFor(task, role, choice);
    return column ? [[role, column]] : [];
  });
  const { target, ...others } = Object.fromEntries(named);
  if (!target) return others;
  if (TASK_WORDS[task].several && targets.length > 1) return { ...others, targets };
  const isSeparated = separator !== "" && mayHoldLabels(task, choice);
  return { ...others, target, ...(isSeparated && { label_separator: separator }) };
}
