import { Code, Table } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { Empty } from "../../components/Empty.tsx";
import { Rows } from "../../components/Rows.tsx";
import { formatDuration } from "../../format/duration.ts";
import { formatCount } from "../../format/number.ts";
import { ATTEMPT_STATES, reasonPhrase } from "../../words/jobs.ts";
import { useAttempts } from "./queries.ts";
import { t } from "../../i18n/index.ts";

export function AttemptsTable({ jobId }: { jobId: string }) {
  const attempts = useAttempts(jobId);
  return (
    <Rows query={attempts} empty={<Empty title={t("jobDetails.noWorkerHasTaken")} />}>
      {(rows) => (
        <WideTable label={t("jobs.attempts")} minWidth={760}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("jobDetails.attempt")}</Table.Th>
              <Table.Th>{t("jobDetails.outcome")}</Table.Th>
              <Table.Th>{t("jobDetails.worker")}</Table.Th>
              <Table.Th>{t("jobDetails.taken")}</Table.Th>
              <Table.Th className="number">{t("jobDetails.fromStep")}</Table.Th>
              <Table.Th className="number">{t("jobDetails.trained")}</Table.Th>
              <Table.Th className="number">{t("jobDetails.kept")}</Table.Th>
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
                <Table.Td>
                  <At iso={attempt.claimed_at} />
                </Table.Td>
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
