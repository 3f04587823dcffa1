import { Image, Table, Text } from "@mantine/core";
import { Loaded } from "../../components/Loaded.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { t } from "../../i18n/index.ts";
import classes from "./Preview.module.css";
import { type DatasetPreview, usePreview } from "./queries.ts";

/** The first rows of a table, a few texts, or some images with their labels. */
export function Preview({ datasetId, versionId }: { datasetId: string; versionId: string }) {
  const preview = usePreview(datasetId, versionId);
  return (
    <Loaded query={preview}>
      {({ images, rows }) => (images.length > 0 ? <Pictures images={images} /> : <RowsShown rows={rows} />)}
    </Loaded>
  );
}

function Pictures({ images }: { images: DatasetPreview["images"] }) {
  return (
    <ul className={classes.grid} aria-label={t("data.someImages")}>
      {images.map(({ label, png }, index) => (
        <li key={index}>
          <Image src={`data:image/png;base64,${png}`} alt={label} className={classes.picture} />
          <Text size="xs" c="dimmed" ta="center" truncate>
            {label}
          </Text>
        </li>
      ))}
    </ul>
  );
}

const written = (value: unknown): string => {
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
};

function RowsShown({ rows }: { rows: DatasetPreview["rows"] }) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (columns.length === 0) return null;
  return (
    <WideTable label={t("data.firstRows")} minWidth={480} maxHeight={360} verticalSpacing={6} fz="sm">
      <Table.Thead>
        <Table.Tr>
          {columns.map((column) => (
            <Table.Th key={column}>{column}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row, index) => (
          <Table.Tr key={index}>
            {columns.map((column) => (
              <Table.Td key={column} className={typeof row[column] === "number" ? "number" : classes.cell}>
                {written(row[column])}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}
