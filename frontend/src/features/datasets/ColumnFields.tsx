import { Autocomplete, TagsInput, TextInput } from "@mantine/core";
import type { ApiProblem } from "../../api/problem.ts";
import {
  COLUMN_LABELS,
  columnsAskedFor,
  mayBeEmpty,
  severalHint,
  type Task,
  TASK_WORDS,
} from "../../words/tasks.ts";
import { type ColumnChoice, mayHoldLabels } from "./columns.ts";
import { t } from "../../i18n/index.ts";

interface Props {
  task: Task;
  filename: string;
  /** The file's columns, as far as they are known. */
  columns: string[];
  choice: ColumnChoice;
  onChange: (choice: ColumnChoice) => void;
  problem: ApiProblem | undefined;
}

/** Asks which column of a file is what. */
export function ColumnFields({ task, filename, columns, choice, onChange, problem }: Props) {
  const offered = [...new Set(columns)];
  return (
    <>
      {columnsAskedFor(task, filename).map((role) => {
        const label = mayBeEmpty(task, role)
          ? t("data.optional", { value: COLUMN_LABELS[role] })
          : COLUMN_LABELS[role];
        return role === "target" && TASK_WORDS[task].several ? (
          <TagsInput
            key={role}
            label={label}
            description={severalHint(task, filename)}
            data={offered}
            value={choice.targets}
            onChange={(targets) => onChange({ ...choice, targets })}
            splitChars={[]}
            acceptValueOnBlur
            error={problem?.field("options.targets") ?? problem?.field("options.target")}
          />
        ) : (
          <Autocomplete
            key={role}
            label={label}
            data={offered}
            value={choice.roles[role] ?? ""}
            onChange={(column) => onChange({ ...choice, roles: { ...choice.roles, [role]: column } })}
            error={problem?.field(`options.${role}`)}
          />
        );
      })}
      {mayHoldLabels(task, choice) && (
        <TextInput
          label={t("data.separatorOfLabelsOptional")}
          description={t("data.whatStandsBetweenThe")}
          maxLength={3}
          value={choice.separator}
          onChange={(event) => onChange({ ...choice, separator: event.currentTarget.value })}
          error={problem?.field("options.label_separator")}
        />
      )}
    </>
  );
}
