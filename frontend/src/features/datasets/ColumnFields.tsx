import { Autocomplete, TagsInput, TextInput } from "@mantine/core";
import type { ApiProblem } from "../../api/problem.ts";
import { columnsAskedFor, mayBeEmpty, severalHint, type Task, TASK_WORDS } from "../../words/tasks.ts";
import { COLUMN_HINTS, COLUMN_LABELS } from "./columnWords.ts";
import { type ColumnChoice, mayHoldLabels } from "./columns.ts";
import { t } from "../../i18n/index.ts";
import { LazySelect } from "../../components/LazySelect.tsx";

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
          <ColumnField
            key={role}
            label={label}
            description={COLUMN_HINTS[task]?.[role]}
            columns={offered}
            clearable={mayBeEmpty(task, role)}
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

interface FieldProps {
  label: string;
  description: string | undefined;
  columns: string[];
  clearable: boolean;
  value: string;
  onChange: (column: string) => void;
  error: string | undefined;
}

/** One of the known columns, all of which are offered whatever is chosen; a name where none is known. */
function ColumnField({ columns, clearable, onChange, ...field }: FieldProps) {
  if (columns.length === 0) return <Autocomplete {...field} onChange={onChange} />;
  return (
    <LazySelect
      {...field}
      data={columns}
      value={columns.includes(field.value) ? field.value : null}
      onChange={(column) => onChange(column ?? "")}
      searchable
      clearable={clearable}
      allowDeselect={clearable}
      nothingFoundMessage={t("data.noSuchColumn")}
    />
  );
}
