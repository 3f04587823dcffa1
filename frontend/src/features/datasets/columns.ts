import type { Schemas } from "../../api/client.ts";
import { type ColumnRole, columnsAskedFor, mayBeEmpty, type Task, TASK_WORDS } from "../../words/tasks.ts";

/** What was chosen of the columns of a file; `targets` where a task may have several to predict. */
export interface ColumnChoice {
  roles: Partial<Record<ColumnRole, string>>;
  targets: string[];
  /** What stands between the labels of a cell. */
  separator: string;
}

export const NO_COLUMNS: ColumnChoice = { roles: {}, targets: [], separator: "" };

/** A first choice among the columns that a file has. */
export function likelyColumns(columns: string[]): ColumnChoice {
  const [first = ""] = columns;
  const roles = { text: first, time: first, target: columns.at(-1) ?? "" };
  return { ...NO_COLUMNS, roles, targets: columns.slice(-1) };
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
