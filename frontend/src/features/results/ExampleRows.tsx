import { Button, Center, Group, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { Loaded } from "../../components/Loaded.tsx";
import { TaggedText } from "../../components/TaggedText.tsx";
import { piecesOfTags } from "../../components/taggedPieces.ts";
import { WideTable } from "../../components/WideTable.tsx";
import { formatCount, formatFigure, formatPercent } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { ExampleView } from "./ExampleView.tsx";
import { type RowFilter, type TestRow, useTestRows } from "./queries.ts";

interface Props {
  modelId: string;
  filter: RowFilter;
  /** Whether truths and answers are texts, to be read side by side. */
  texts?: boolean;
  /** What an error is called; a probability that lacks needs no column. */
  errorLabel?: string | undefined;
}

/** Test rows with what they are, what was right and what was answered. */
export function ExampleRows({ modelId, filter, texts = false, errorLabel }: Props) {
  const rows = useTestRows(modelId, filter);
  return (
    <Loaded query={rows}>
      {({ rows: found, total }) => (
        <Stack gap="xs">
          <Text size="sm" c="dimmed">
            {t("results.rowsFound", { total: formatCount(total), count: total })}
          </Text>
          {found.some(({ example }) => example?.png) ? (
            <Pictures rows={found} />
          ) : (
            <RowsTable rows={found} texts={texts} errorLabel={errorLabel} />
          )}
          {rows.hasNextPage && (
            <Center>
              <Button
                variant="subtle"
                size="sm"
                loading={rows.isFetchingNextPage}
                onClick={() => void rows.fetchNextPage()}
              >
                {t("common.showMore")}
              </Button>
            </Center>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

function Pictures({ rows }: { rows: TestRow[] }) {
  return (
    <SimpleGrid
      cols={{ base: 2, xs: 3, sm: 4, lg: 6 }}
      spacing="sm"
      role="list"
      aria-label={t("results.examples")}
    >
      {rows.map((row, index) => (
        <Stack key={index} gap={4} role="listitem" miw={0}>
          <ExampleView row={row} />
          <Answer row={row} />
        </Stack>
      ))}
    </SimpleGrid>
  );
}

function Answer({ row }: { row: TestRow }) {
  const isRight = row.truth === row.prediction;
  return (
    <Text size="xs" style={{ overflowWrap: "anywhere" }}>
      <b>{row.prediction}</b>
      {row.confidence !== null && ` ${formatPercent(row.confidence)}`}
      <Text span size="xs" c={isRight ? "dimmed" : "red"} display="block">
        {isRight ? t("results.right") : t("results.wasTruly", { truth: row.truth })}
      </Text>
    </Text>
  );
}

/** Words with the tags that a cell lists, as JSON. */
function TaggedWords({ tokens, tags }: { tokens: string[]; tags: string }) {
  const listed: unknown = JSON.parse(tags);
  return <TaggedText pieces={piecesOfTags(tokens, Array.isArray(listed) ? listed.map(String) : [])} />;
}

function RowsTable({
  rows,
  texts,
  errorLabel,
}: {
  rows: TestRow[];
  texts: boolean;
  errorLabel: string | undefined;
}) {
  const hasAnswers = rows.some(({ truth }) => truth !== null);
  const hasConfidence = rows.some(({ confidence }) => confidence !== null);
  const isNumber =
    !texts &&
    rows.every(
      ({ prediction }) => prediction !== null && prediction !== "" && Number.isFinite(Number(prediction)),
    );
  const written = (value: string | null, row: TestRow) => {
    if (value === null) return "–";
    if (row.example?.tokens) return <TaggedWords tokens={row.example.tokens} tags={value} />;
    return isNumber ? formatFigure(Number(value)) : value;
  };
  return (
    <WideTable
      label={t("results.examples")}
      minWidth={texts ? 720 : 560}
      maxHeight={480}
      verticalSpacing={6}
      fz="sm"
    >
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("results.example")}</Table.Th>
          {hasAnswers && <Table.Th>{t("results.truth")}</Table.Th>}
          {hasAnswers && <Table.Th>{t("results.answer")}</Table.Th>}
          {hasConfidence && <Table.Th className="number">{t("results.confidence")}</Table.Th>}
          {errorLabel && <Table.Th className="number">{errorLabel}</Table.Th>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row, index) => (
          <Table.Tr key={index}>
            <Table.Td className="wrap" miw={180}>
              <ExampleView row={row} />
            </Table.Td>
            {hasAnswers && <Table.Td className="wrap">{written(row.truth, row)}</Table.Td>}
            {hasAnswers && (
              <Table.Td className="wrap">
                <Group gap={6} wrap="nowrap">
                  {written(row.prediction, row)}
                </Group>
              </Table.Td>
            )}
            {hasConfidence && (
              <Table.Td className="number">
                {row.confidence === null ? "–" : formatPercent(row.confidence)}
              </Table.Td>
            )}
            {errorLabel && (
              <Table.Td className="number">{row.error === null ? "–" : formatFigure(row.error)}</Table.Td>
            )}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}
