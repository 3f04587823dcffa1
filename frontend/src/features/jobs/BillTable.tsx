import { Badge, Table } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { Empty } from "../../components/Empty.tsx";
import { Money } from "../../components/Money.tsx";
import { Rows } from "../../components/Rows.tsx";
import { billedSeconds } from "../../format/duration.ts";
import { FREE_REASONS } from "../../words/billing.ts";
import { type UsageLine, useUsage } from "./queries.ts";
import { t } from "../../i18n/index.ts";

export function BillTable({ jobId }: { jobId: string }) {
  const usage = useUsage(jobId);
  const empty = <Empty title={t("jobDetails.nothingBilledYet")}>{t("jobDetails.linesAppearWithThe")}</Empty>;
  return (
    <Rows query={usage} empty={empty}>
      {(lines) => <Lines lines={lines} totals={lines.at(-1)?.totals} />}
    </Rows>
  );
}

function Lines({ lines, totals }: { lines: UsageLine[]; totals: UsageLine["totals"] | undefined }) {
  if (!totals) return null;
  return (
    <WideTable label={t("jobDetails.bill")} minWidth={720}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("jobDetails.attempt")}</Table.Th>
          <Table.Th>{t("jobDetails.from")}</Table.Th>
          <Table.Th className="number">{t("jobDetails.slots")}</Table.Th>
          <Table.Th className="number">{t("jobDetails.seconds")}</Table.Th>
          <Table.Th className="number">{t("jobDetails.perSlotSecond")}</Table.Th>
          <Table.Th className="number">{t("jobDetails.amount")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {lines.map((line) => (
          <Table.Tr key={`${line.attempt} ${line.started_at} ${line.billed}`}>
            <Table.Td>{line.attempt}</Table.Td>
            <Table.Td>
              <At iso={line.started_at} />
            </Table.Td>
            <Table.Td className="number">{line.slots}</Table.Td>
            <Table.Td className="number">{billedSeconds(line.seconds)}</Table.Td>
            <Table.Td className="number">{line.unit_price}</Table.Td>
            <Table.Td className="number">
              {line.billed ? (
                <Money amount={line.amount} currency={totals.currency} exact />
              ) : (
                <Badge color="green">
                  {line.free_reason ? FREE_REASONS[line.free_reason] : t("jobs.free")}
                </Badge>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
      <Table.Tfoot>
        <Table.Tr fw={600}>
          <Table.Td colSpan={3}>{t("jobDetails.total")}</Table.Td>
          <Table.Td className="number">{billedSeconds(totals.billed_seconds)}</Table.Td>
          <Table.Td />
          <Table.Td className="number">
            <Money amount={totals.amount} currency={totals.currency} exact />
          </Table.Td>
        </Table.Tr>
      </Table.Tfoot>
    </WideTable>
  );
}
