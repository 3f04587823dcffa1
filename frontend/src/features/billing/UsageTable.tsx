import { Anchor, Table, Text } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { Link } from "react-router";
import { Empty } from "../../components/Empty.tsx";
import { Money } from "../../components/Money.tsx";
import { Rows } from "../../components/Rows.tsx";
import { billedSeconds } from "../../format/duration.ts";
import { useUsageRecords } from "./queries.ts";
import { paths } from "../../app/paths.ts";
import { t } from "../../i18n/index.ts";

export function UsageTable() {
  const usage = useUsageRecords();
  const empty = <Empty title={t("billing.nothingUsedYet")}>{t("billing.trainingIsBilledPer")}</Empty>;
  return (
    <Rows query={usage} empty={empty}>
      {(records) => (
        <>
          <WideTable label={t("billing.usage")} minWidth={760}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("billing.job")}</Table.Th>
                <Table.Th>{t("billing.pool")}</Table.Th>
                <Table.Th>{t("billing.from")}</Table.Th>
                <Table.Th className="number">{t("billing.slots")}</Table.Th>
                <Table.Th className="number">{t("billing.seconds")}</Table.Th>
                <Table.Th className="number">{t("billing.perSlotSecond")}</Table.Th>
                <Table.Th className="number">{t("billing.amount")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {records.map((record) => (
                <Table.Tr key={record.id}>
                  <Table.Td>
                    <Anchor component={Link} to={paths.job(record.job_id)} size="sm" title={record.job_id}>
                      {record.job_name || record.job_id}
                    </Anchor>
                  </Table.Td>
                  <Table.Td>{record.pool}</Table.Td>
                  <Table.Td>
                    <At iso={record.started_at} />
                  </Table.Td>
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
            {t("billing.amountsAreRoundedOnce")}
          </Text>
        </>
      )}
    </Rows>
  );
}
