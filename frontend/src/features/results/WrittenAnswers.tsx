import { Table, Text } from "@mantine/core";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatPercent } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { type TestRow, useTestRows } from "./queries.ts";

const FILTER = { written: true, order: "as_stored" } as const;

/** What a language model writes to test questions beside what is wanted and what its base writes, with grades. */
export function WrittenAnswers({ modelId }: { modelId: string }) {
  const rows = useTestRows(modelId, FILTER).data?.rows ?? [];
  if (rows.length === 0) return null;
  return (
    <Section title={t("results.beforeAndAfter")}>
      <WrittenTable rows={rows} />
    </Section>
  );
}

export function WrittenTable({ rows }: { rows: TestRow[] }) {
  return (
    <WideTable label={t("results.beforeAndAfter")} minWidth={860} maxHeight={480} verticalSpacing={6} fz="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("results.asked")}</Table.Th>
          <Table.Th>{t("results.wanted")}</Table.Th>
          <Table.Th>{t("results.base")}</Table.Th>
          <Table.Th>{t("results.fineTuned")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(({ truth, prediction, written }, index) => (
          <Table.Tr key={index}>
            <Table.Td className="wrap">{written?.prompt}</Table.Td>
            <Table.Td className="wrap">{truth}</Table.Td>
            <Table.Td className="wrap">
              <Graded text={written?.base_prediction} grades={written?.base_grades} />
            </Table.Td>
            <Table.Td className="wrap">
              <Graded text={prediction} grades={written?.grades} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}

function Graded({
  text,
  grades = {},
}: {
  text: string | null | undefined;
  grades?: Record<string, number> | undefined;
}) {
  return (
    <>
      {text}
      {Object.entries(grades).map(([grader, grade]) => (
        <Text key={grader} size="xs" c="dimmed">
          {grader} {formatPercent(grade)}
        </Text>
      ))}
    </>
  );
}
