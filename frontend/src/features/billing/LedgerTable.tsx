import { Anchor, Table } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { Link } from "react-router";
import { Empty } from "../../components/Empty.tsx";
import { Money } from "../../components/Money.tsx";
import { Rows } from "../../components/Rows.tsx";
import { type LedgerTransaction, useLedger } from "./queries.ts";
import { paths } from "../../app/paths.ts";
import { t } from "../../i18n/index.ts";

const COLUMNS = ["wallet", "held"] as const;

/** Every movement of the organization's money, as the double-entry ledger has it. */
export function LedgerTable() {
  const ledger = useLedger();
  return (
    <Rows
      query={ledger}
      empty={<Empty title={t("billing.theLedgerIsEmpty")}>{t("billing.creditsAndChargesWill")}</Empty>}
    >
      {(transactions) => (
        <WideTable label={t("billing.ledger")} minWidth={640}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("billing.when")}</Table.Th>
              <Table.Th>{t("billing.what")}</Table.Th>
              <Table.Th className="number">{t("billing.wallet")}</Table.Th>
              <Table.Th className="number">{t("billing.reserved")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {transactions.map((transaction) => (
              <LedgerRow key={transaction.id} transaction={transaction} />
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Rows>
  );
}

function LedgerRow({
  transaction: { description, job_id: job, job_name: name, created_at, entries },
}: {
  transaction: LedgerTransaction;
}) {
  return (
    <Table.Tr>
      <Table.Td>
        <At iso={created_at} />
      </Table.Td>
      <Table.Td className="wrap">
        {description}{" "}
        {job && (
          <Anchor component={Link} to={paths.job(job)} size="sm">
            {name ?? job}
          </Anchor>
        )}
      </Table.Td>
      {COLUMNS.map((account) => {
        const entry = entries.find((one) => one.account === account);
        return (
          <Table.Td key={account} className="number">
            {entry && <Money amount={entry.amount} currency={entry.currency} exact />}
          </Table.Td>
        );
      })}
    </Table.Tr>
  );
}
