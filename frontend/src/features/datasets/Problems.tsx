import { Alert, Table, Text } from "@mantine/core";
import { WideTable } from "../../components/WideTable.tsx";
import { IconAlertTriangle } from "@tabler/icons-react";
import { formatCount } from "../../format/number.ts";
import type { DatasetProblem } from "./queries.ts";

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
            <Table.Th>File</Table.Th>
            <Table.Th className="number">Row</Table.Th>
            <Table.Th>Column</Table.Th>
            <Table.Th>Problem</Table.Th>
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
          And {formatCount(omitted)} more.
        </Text>
      )}
    </Alert>
  );
}
