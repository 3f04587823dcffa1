import { Image, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { Loaded } from "../../components/Loaded.tsx";
import { Curves, Keys, Plot } from "../../components/plots/Plot.tsx";
import { rangeOf } from "../../components/plots/scale.ts";
import { TaggedText } from "../../components/TaggedText.tsx";
import { marksEntities, piecesOfTags } from "../../components/taggedPieces.ts";
import { WideTable } from "../../components/WideTable.tsx";
import { formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import classes from "./Preview.module.css";
import { type DatasetPreview, usePreview } from "./queries.ts";

/** Some of what a version holds: pictures, recordings, curves, or its first rows. */
export function Preview({ datasetId, versionId }: { datasetId: string; versionId: string }) {
  const preview = usePreview(datasetId, versionId);
  return (
    <Loaded query={preview}>
      {({ images, rows, recordings, series }) => (
        <Stack gap="lg">
          {images.length > 0 && <Pictures images={images} />}
          {recordings.length > 0 && <Recordings recordings={recordings} />}
          {series.length > 0 && <SeriesPlots series={series} />}
          {images.length === 0 && recordings.length === 0 && <RowsOrTexts rows={rows} />}
        </Stack>
      )}
    </Loaded>
  );
}

function Pictures({ images }: Pick<DatasetPreview, "images">) {
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

function Recordings({ recordings }: Pick<DatasetPreview, "recordings">) {
  return (
    <SimpleGrid
      cols={{ base: 1, sm: 2, lg: 3 }}
      spacing="md"
      role="list"
      aria-label={t("data.someRecordings")}
    >
      {recordings.map(({ label, wav }, index) => (
        <Stack key={index} gap={4} role="listitem">
          <audio controls src={`data:audio/wav;base64,${wav}`} aria-label={label} style={{ width: "100%" }} />
          <Text size="xs" c="dimmed" lineClamp={2}>
            {label}
          </Text>
        </Stack>
      ))}
    </SimpleGrid>
  );
}

function SeriesPlots({ series }: Pick<DatasetPreview, "series">) {
  return (
    <Stack gap="md" role="list" aria-label={t("data.someSeries")}>
      {series.map(({ name, label, values }, index) => {
        const title = [name, label].filter(Boolean).join(" · ") || t("data.kinds.series");
        const curve = {
          label: title,
          tone: "first" as const,
          points: values.map((value, step): [number, number | null] => [step + 1, value]),
        };
        return (
          <div key={index} role="listitem">
            <Keys curves={[curve]} />
            <Plot
              label={title}
              x={{ low: 1, high: Math.max(values.length, 2) }}
              y={rangeOf(values)}
              xLabel={t("data.steps")}
              yLabel=""
              xFormat={formatCount}
              height={160}
            >
              {(scales) => <Curves curves={[curve]} scales={scales} />}
            </Plot>
          </div>
        );
      })}
    </Stack>
  );
}

const written = (value: unknown): string => {
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
};

const isList = (value: unknown): value is string[] => Array.isArray(value);

/** Texts with a tag for each word are shown as they read, others as rows of a table. */
function RowsOrTexts({ rows }: { rows: DatasetPreview["rows"] }) {
  const tagged = rows.flatMap(({ tokens, tags }) =>
    isList(tokens) && isList(tags) ? [{ tokens, tags }] : [],
  );
  if (tagged.length === 0) return <RowsShown rows={rows} />;
  const isEntity = marksEntities(tagged.flatMap(({ tags }) => tags));
  return (
    <Stack gap="xs" role="list" aria-label={t("data.firstRows")}>
      {tagged.map(({ tokens, tags }, index) => (
        <div key={index} role="listitem">
          <TaggedText pieces={piecesOfTags(tokens, tags, isEntity)} />
        </div>
      ))}
    </Stack>
  );
}

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
