import { Button, SimpleGrid, Stack } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { Loaded } from "../../components/Loaded.tsx";
import { useVersion } from "../datasets/queries.ts";
import type { InputProps } from "./TryModel.tsx";
import { type Column, type Row, typicalRow } from "./typicalRow.ts";
import { t } from "../../i18n/index.ts";
import { LazySelect } from "../../components/LazySelect.tsx";
import { NumberField } from "../../components/NumberField.tsx";

/** One field a column of the table the model was trained on; an empty one is a missing value. */
export function RowForm({ model, busy, onPredict }: InputProps) {
  const version = useVersion(model.dataset_id, model.dataset_version);
  return (
    <Loaded query={version}>
      {({ profile }) =>
        profile?.profile.kind === "table" && (
          <Fields columns={profile.profile.columns} busy={busy} onPredict={onPredict} />
        )
      }
    </Loaded>
  );
}

function Fields({ columns, busy, onPredict }: { columns: Column[] } & Omit<InputProps, "model">) {
  const [row, setRow] = useState<Row>(() => typicalRow(columns));
  const set = (name: string, value: number | string | null) =>
    setRow((old) => ({ ...old, [name]: value ?? "" }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onPredict(
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === "" ? null : value])),
    );
  };
  return (
    <Stack component="form" onSubmit={submit} gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {columns.map((column) =>
          column.kind === "numeric" ? (
            <NumberField
              key={column.name}
              label={column.name}
              value={row[column.name] ?? ""}
              onChange={(value) => set(column.name, value)}
              size="xs"
            />
          ) : (
            <LazySelect
              key={column.name}
              label={column.name}
              data={column.categories}
              value={String(row[column.name] ?? "")}
              onChange={(value) => set(column.name, value)}
              searchable
              size="xs"
            />
          ),
        )}
      </SimpleGrid>
      <Button type="submit" variant="default" loading={busy} w="fit-content">
        {t("models.predict")}
      </Button>
    </Stack>
  );
}
