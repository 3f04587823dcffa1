import { Anchor, Table } from "@mantine/core";
import { formatBytes } from "../../format/number.ts";

interface Props {
  files: { name: string; bytes: number }[];
  /** Where a file of that name is to be had. */
  urlOf: (name: string) => string;
}

/** Files to download, with their sizes. */
export function FileTable({ files, urlOf }: Props) {
  return (
    <Table verticalSpacing={6} horizontalSpacing={0} withRowBorders={false}>
      <Table.Tbody>
        {files.map(({ name, bytes }) => (
          <Table.Tr key={name}>
            <Table.Td>
              <Anchor href={urlOf(name)} download size="sm">
                {name}
              </Anchor>
            </Table.Td>
            <Table.Td className="number">{formatBytes(bytes)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
