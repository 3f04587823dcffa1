import { Autocomplete, TagsInput, TextInput } from "@mantine/core";
import type { ApiProblem } from "../../api/problem.ts";
import { type ColumnRole, mayBeEmpty, severalHint, type Task, TASK_WORDS } from "../../words/tasks.ts";
import { COLUMN_HINTS, COLUMN_LABELS, WIDE_HINTS } from "./columnWords.ts";
import { type ColumnChoice, isWide, mayHoldLabels, rolesAsked, WIDE, withTime } from "./columns.ts";
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
  const wide = isWide(task, choice);
  const setRole = (role: ColumnRole, column: string) =>
    onChange(
      role === "time" && TASK_WORDS[task].wide
        ? withTime(task, choice, column)
        : { ...choice, roles: { ...choice.roles, [role]: column } },
    );
  return (
    <>
      {rolesAsked(task, filename, choice).map((role) => {
        const clearable = mayBeEmpty(task, role) && !wide;
        const label = clearable ? t("data.optional", { value: COLUMN_LABELS[role] }) : COLUMN_LABELS[role];
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
            description={wide ? WIDE_HINTS[role] : COLUMN_HINTS[task]?.[role]}
            columns={offered}
            others={TASK_WORDS[task].wide ? othersFor(role, wide) : []}
            clearable={clearable}
            value={choice.roles[role] ?? ""}
            onChange={(column) => setRole(role, column)}
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

/** What may stand in place of a column in a table with a row for each series. */
function othersFor(role: ColumnRole, wide: boolean): Other[] {
  if (role === "time") return [{ value: WIDE.time, label: t("data.wide.time") }];
  return role === "series" && wide ? [{ value: WIDE.series, label: t("data.wide.series") }] : [];
}

interface Other {
  value: string;
  label: string;
}

interface FieldProps {
  label: string;
  description: string | undefined;
  columns: string[];
  others: Other[];
  clearable: boolean;
  value: string;
  onChange: (column: string) => void;
  error: string | undefined;
}

/** One of the known columns, all of which are offered whatever is chosen; a name where none is known. */
function ColumnField({ columns, others, clearable, onChange, ...field }: FieldProps) {
  if (columns.length === 0) return <Autocomplete {...field} onChange={onChange} />;
  const named = columns.filter((column) => !others.some(({ value }) => value === column));
  const isKnown = [...columns, ...others.map(({ value }) => value)].includes(field.value);
  return (
    <LazySelect
      {...field}
      data={[...named, ...others]}
      value={isKnown ? field.value : null}
      onChange={(column) => onChange(column ?? "")}
      searchable
      clearable={clearable}
      allowDeselect={clearable}
      nothingFoundMessage={t("data.noSuchColumn")}
    />
  );
}
