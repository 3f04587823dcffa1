import { Switch, TextInput } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { Field } from "./fields.ts";
import { t } from "../../i18n/index.ts";
import { LazySelect } from "../LazySelect.tsx";
import { NumberField } from "../NumberField.tsx";

/** Few forms have a list of numbers or JSON. */
const TagsInput = lazy(() => import("../loaded/TagsInput.ts"));
const JsonInput = lazy(() => import("../loaded/JsonInput.ts"));

interface FieldProps {
  field: Field;
  value: unknown;
  error: string | undefined;
  onChange: (value: unknown) => void;
  /** What an empty number stands for. */
  placeholder?: string | undefined;
}

/** The input for one field. */
export function SchemaField({ field, value, error, onChange, placeholder }: FieldProps) {
  const { label, description } = field;
  const common = { label, description, error };
  switch (field.kind) {
    case "number":
      return (
        <NumberField
          {...common}
          {...(placeholder ? { placeholder } : {})}
          value={typeof value === "number" ? value : ""}
          onChange={(entered) => onChange(entered === "" ? undefined : entered)}
          allowDecimal={!field.integer}
          {...(field.min === undefined ? {} : { min: field.min })}
          {...(field.max === undefined ? {} : { max: field.max })}
        />
      );
    case "choice":
      return (
        <LazySelect
          {...common}
          data={field.choices.map(String)}
          value={String(value)}
          onChange={(chosen) => onChange(field.choices.find((choice) => String(choice) === chosen))}
          allowDeselect={false}
        />
      );
    case "flag":
      return (
        <Switch
          {...common}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "text":
      return (
        <TextInput
          {...common}
          value={typeof value === "string" ? value : ""}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "numbers":
      return (
        <Suspense>
          <TagsInput
            {...common}
            value={Array.isArray(value) ? value.map(String) : []}
            onChange={(tags) => onChange(tags.map(Number).filter(Number.isFinite))}
            allowDuplicates
            acceptValueOnBlur
            splitChars={[",", " ", ";"]}
            {...(field.maxItems === undefined ? {} : { maxTags: field.maxItems })}
          />
        </Suspense>
      );
    case "json":
      return <JsonField {...common} value={value} onChange={onChange} />;
  }
}

interface JsonFieldProps extends Omit<FieldProps, "field" | "placeholder"> {
  label: string;
  description: string;
}

/** For shapes that have no input of their own. */
function JsonField({ value, onChange, ...common }: JsonFieldProps) {
  const read = (text: string) => {
    try {
      onChange(JSON.parse(text));
    } catch {
      // Half-typed JSON: the last complete value stays, and the input says that the text is not JSON.
    }
  };
  return (
    <Suspense>
      <JsonInput
        {...common}
        defaultValue={value === undefined ? "" : JSON.stringify(value)}
        onChange={read}
        validationError={t("common.notJson")}
        formatOnBlur
        minRows={2}
      />
    </Suspense>
  );
}
