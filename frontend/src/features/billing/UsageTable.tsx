import { Anchor, Table, Text } from "@mantine/core";
import { WideTable } from "../../components/WideTable.tsx";
import { Link } from "react-router";
import { Empty } from "../../components/Empty.tsx";
import { Money } from "../../components/Money.tsx";
import { Rows } from "../../components/Rows.tsx";
import { billedSeconds } from "../../format/duration.ts";
import { formatMoment } from "../../format/time.ts";
import { useUsageRecords } from "./queries.ts";

export function UsageTable() {
  const usage = useUsageRecords();
  const empty = (
    <Empty title="Nothing used yet">
      Training is billed per second, once a checkpoint or the model holds its work.
    </Empty>
  );
  return (
    <Rows query={usage} empty={empty}>
      {(records) => (
        <>
          <WideTable label="Usage" minWidth={760}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Job</Table.Th>
                <Table.Th>Pool</Table.Th>
                <Table.Th>From</Table.Th>
                <Table.Th className="number">Slots</Table.Th>
                <Table.Th className="number">Seconds</Table.Th>
                <Table.Th className="number">Per slot-second</Table.Th>
                <Table.Th className="number">Amount</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {records.map((record) => (
                <Table.Tr key={record.id}>
                  <Table.Td>
                    <Anchor component={Link} to={`/jobs/${record.job_id}`} size="sm" ff="monospace" fz="xs">
                      {record.job_id}
                    </Anchor>
                  </Table.Td>
                  <Table.Td>{record.pool}</Table.Td>
                  <Table.Td>{formatMoment(record.started_at)}</Table.Td>
                  <Table.Td className="number">{record.slots}</Table.Td>
                  <Table.Td className="number">{billedSeconds(record.seconds)}</Table.Td>
                  <Table.Td className="number">{record.unit_price}</Table.Td>
                  <Table.Td className="number">
                    <Money amount={record.amount} currency={record.currency} exact />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </WideTable>
          <Text size="xs" c="dimmed" px="md" py="sm">
            Amounts are rounded once per attempt and price, so a single row may differ by one millionth from
            slots × seconds × price. The job’s bill multiplies out exactly.
          </Text>
        </>
      )}
    </Rows>
  );
}
