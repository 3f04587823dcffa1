import { SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { Loaded } from "../../components/Loaded.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { type DatasetDetail, useDifference } from "./queries.ts";

/** What changed since the ready version before the one that is shown; nothing of the first one. */
export function Difference({ dataset, shown }: { dataset: DatasetDetail; shown: string }) {
  const version = dataset.versions.find(({ id }) => id === shown);
  const before = dataset.versions.find(
    ({ number, allowed_actions }) => allowed_actions.includes("compare") && number < (version?.number ?? 0),
  );
  if (!version?.allowed_actions.includes("compare") || !before) return null;
  return <Changes datasetId={dataset.id} version={shown} from={before.id} number={before.number} />;
}

interface Props {
  datasetId: string;
  version: string;
  from: string;
  number: number;
}

const countOf = (count: number | null) => (count === null ? "–" : formatCount(count));

function Changes({ datasetId, version, from, number }: Props) {
  const difference = useDifference(datasetId, version, from);
  return (
    <Section title={t("data.comparedWith", { number })}>
      <Loaded query={difference}>
        {({ before, after, is_same_content, classes, columns }) => (
          <Stack gap="sm">
            <Text size="sm">
              {is_same_content
                ? t("data.sameContent")
                : t("data.rowsBeforeAfter", { before: countOf(before.rows), after: countOf(after.rows) })}
            </Text>
            {!is_same_content && classes.length + columns.length === 0 && (
              <Text size="sm" c="dimmed">
                {t("data.nothingChanged")}
              </Text>
            )}
            <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
              {classes.length > 0 && (
                <Changed
                  label={t("data.classBalance")}
                  changes={classes.map((each) => [each.name, countOf(each.before), countOf(each.after)])}
                />
              )}
              {columns.length > 0 && (
                <Changed
                  label={t("data.columns")}
                  changes={columns.map((each) => [each.name, each.before ?? "–", each.after ?? "–"])}
                />
              )}
            </SimpleGrid>
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}

function Changed({ label, changes }: { label: string; changes: [string, string, string][] }) {
  return (
    <WideTable label={label} minWidth={320} maxHeight={300} verticalSpacing={6} fz="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{label}</Table.Th>
          <Table.Th className="number">{t("data.before")}</Table.Th>
          <Table.Th className="number">{t("data.after")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {changes.map(([name, before, after]) => (
          <Table.Tr key={name}>
            <Table.Td className="wrap">{name}</Table.Td>
            <Table.Td className="number">{before}</Table.Td>
            <Table.Td className="number">{after}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}
