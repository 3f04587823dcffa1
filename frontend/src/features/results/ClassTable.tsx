import { Table } from "@mantine/core";
import { WideTable } from "../../components/WideTable.tsx";
import { formatCount, formatPercent } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { metricName } from "../../words/metrics.ts";
import type { ClassReport } from "./queries.ts";

const percent = (value: number | null | undefined) =>
  value === null || value === undefined ? "–" : formatPercent(value);

/** How the model does on each class, or, of `tags`, on each type of entities or each tag of words. */
export function ClassTable({ report, tags = false }: { report: ClassReport; tags?: boolean }) {
  const counted = report.confusion.length > 0 ? t("results.words") : t("results.entities");
  return (
    <WideTable
      label={tags ? t("results.byType") : t("results.byClass")}
      minWidth={460}
      maxHeight={420}
      verticalSpacing={6}
      fz="sm"
    >
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{tags ? t("results.typeOrTag") : t("results.class")}</Table.Th>
          <Table.Th className="number">{tags ? counted : t("results.rows")}</Table.Th>
          <Table.Th className="number">{metricName("precision")}</Table.Th>
          <Table.Th className="number">{metricName("recall")}</Table.Th>
          <Table.Th className="number">{metricName("f1")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {report.classes.map((name, index) => (
          <Table.Tr key={name}>
            <Table.Td className="wrap">{name}</Table.Td>
            <Table.Td className="number">{formatCount(report.rows[index] ?? 0)}</Table.Td>
            <Table.Td className="number">{percent(report.precision[index])}</Table.Td>
            <Table.Td className="number">{percent(report.recall[index])}</Table.Td>
            <Table.Td className="number">{percent(report.f1[index])}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}
