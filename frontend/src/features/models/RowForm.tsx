import { Button, Group, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { LazySelect } from "../../components/LazySelect.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { NumberField } from "../../components/NumberField.tsx";
import { t } from "../../i18n/index.ts";
import { useVersion } from "../datasets/queries.ts";
import { cellOf, type Column, isPlainNumber, type Row, typicalRow } from "./cells.ts";
import { ExampleButton } from "./ExampleButton.tsx";
import type { ExampleRow } from "./examples.ts";
import { seenIn } from "./seen.ts";
import type { InputProps } from "./TryModel.tsx";

/** One field a column of the table the model was trained on; an empty one is a missing value. */
export function RowForm(props: InputProps) {
  const version = useVersion(props.model.dataset_id, props.model.dataset_version);
  return (
    <Loaded query={version}>
      {({ profile }) =>
        profile?.profile.kind === "table" && <Fields columns={profile.profile.columns} {...props} />
      }
    </Loaded>
  );
}

function Fields({ columns, model, busy, onPredict }: { columns: Column[] } & InputProps) {
  const [row, setRow] = useState<Row>(() => typicalRow(columns));
  const set = (name: string, value: number | string | null) =>
    setRow((old) => ({ ...old, [name]: value ?? "" }));
  const fill = ({ example: { cells } }: ExampleRow) => {
    if (cells) setRow(Object.fromEntries(columns.map((each) => [each.name, cellOf(each, cells[each.name])])));
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onPredict(
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === "" ? null : value])),
    );
  };
  return (
    <Stack component="form" onSubmit={submit} gap="md">
      <ExampleButton modelId={model.id} onExample={fill} />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {columns.map((column) => (
          <Cell
            key={column.name}
            column={column}
            value={row[column.name] ?? ""}
            onChange={(value) => set(column.name, value)}
          />
        ))}
      </SimpleGrid>
      <Group gap="xs">
        <Button type="submit" variant="default" loading={busy}>
          {t("tryModel.predict")}
        </Button>
        <Button variant="subtle" onClick={() => setRow(typicalRow(columns))}>
          {t("tryModel.typicalRow")}
        </Button>
      </Group>
    </Stack>
  );
}

interface CellProps {
  column: Column;
  value: number | string;
  onChange: (value: number | string | null) => void;
}

/** A field of the column's kind, with what training met there below it. */
function Cell({ column, value, onChange }: CellProps) {
  const field = {
    label: column.name,
    description: seenIn(column),
    inputWrapperOrder: ["label" as const, "input" as const, "description" as const],
    size: "xs",
  };
  if (column.kind === "categorical")
    return (
      <LazySelect {...field} data={column.categories} value={String(value)} onChange={onChange} searchable />
    );
  if (isPlainNumber(column)) return <NumberField {...field} value={value} onChange={onChange} />;
  return <TextInput {...field} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}
