import { Code, Table } from "@mantine/core";
import { WideTable } from "../../components/WideTable.tsx";
import { Empty } from "../../components/Empty.tsx";
import { Rows } from "../../components/Rows.tsx";
import { formatDuration } from "../../format/duration.ts";
import { formatCount } from "../../format/number.ts";
import { formatMoment } from "../../format/time.ts";
import { ATTEMPT_STATES, reasonPhrase } from "../../words/jobs.ts";
import { useAttempts } from "./queries.ts";

export function AttemptsTable({ jobId }: { jobId: string }) {
  const attempts = useAttempts(jobId);
  return (
    <Rows query={attempts} empty={<Empty title="No worker has taken the job yet" />}>
      {(rows) => (
        <WideTable label="Attempts" minWidth={760}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Attempt</Table.Th>
              <Table.Th>Outcome</Table.Th>
              <Table.Th>Worker</Table.Th>
              <Table.Th>Taken</Table.Th>
              <Table.Th className="number">From step</Table.Th>
              <Table.Th className="number">Trained</Table.Th>
              <Table.Th className="number">Kept</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((attempt) => (
              <Table.Tr key={attempt.id}>
                <Table.Td>{attempt.attempt}</Table.Td>
                <Table.Td>
                  {ATTEMPT_STATES[attempt.state]}
                  {attempt.reason && ` (${reasonPhrase(attempt.reason)})`}
                </Table.Td>
                <Table.Td>
                  <Code>{attempt.worker}</Code>
                </Table.Td>
                <Table.Td>{formatMoment(attempt.claimed_at)}</Table.Td>
                <Table.Td className="number">{formatCount(attempt.start_step)}</Table.Td>
                <Table.Td className="number">{formatDuration(attempt.trained_seconds)}</Table.Td>
                <Table.Td className="number">{formatDuration(attempt.kept_seconds)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Rows>
  );
}
