import { Alert, Table, Text } from "@mantine/core";
import { WideTable } from "../../components/WideTable.tsx";
import { IconAlertTriangle } from "@tabler/icons-react";
import { formatCount } from "../../format/number.ts";
import type { DatasetProblem } from "./queries.ts";
import { t } from "../../i18n/index.ts";

interface Props {
  title: string;
  color: "red" | "yellow";
  problems: DatasetProblem[];
  omitted?: number;
}

/** What is wrong in a file, with the places where it is wrong. */
export function Problems({ title, color, problems, omitted = 0 }: Props) {
  if (problems.length === 0) return null;
  return (
    <Alert color={color} icon={<IconAlertTriangle aria-hidden />} title={title} role="alert">
      <WideTable
        label={title}
        minWidth={420}
        maxHeight={280}
        verticalSpacing={6}
        horizontalSpacing="xs"
        fz="sm"
      >
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("data.file")}</Table.Th>
            <Table.Th className="number">{t("data.row")}</Table.Th>
            <Table.Th>{t("data.column")}</Table.Th>
            <Table.Th>{t("data.problem")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {problems.map((problem, index) => (
            <Table.Tr key={index}>
              <Table.Td>{problem.file ?? "–"}</Table.Td>
              <Table.Td className="number">{problem.row === null ? "–" : formatCount(problem.row)}</Table.Td>
              <Table.Td>{problem.column ?? "–"}</Table.Td>
              <Table.Td className="wrap">{problem.message}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
      {omitted > 0 && (
        <Text size="sm" mt="xs">
          {t("data.andMore", { omitted: formatCount(omitted) })}
        </Text>
      )}
    </Alert>
  );
}
