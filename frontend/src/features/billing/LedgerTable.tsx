import { Anchor, Table } from "@mantine/core";
import { WideTable } from "../../components/WideTable.tsx";
import { Link } from "react-router";
import { Empty } from "../../components/Empty.tsx";
import { Money } from "../../components/Money.tsx";
import { Rows } from "../../components/Rows.tsx";
import { formatMoment } from "../../format/time.ts";
import { type LedgerTransaction, useLedger } from "./queries.ts";

const COLUMNS = ["wallet", "held"] as const;

/** Every movement of the organization's money, as the double-entry ledger has it. */
export function LedgerTable() {
  const ledger = useLedger();
  return (
    <Rows
      query={ledger}
      empty={<Empty title="The ledger is empty">Credits and charges will appear here.</Empty>}
    >
      {(transactions) => (
        <WideTable label="Ledger" minWidth={640}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>When</Table.Th>
              <Table.Th>What</Table.Th>
              <Table.Th className="number">Wallet</Table.Th>
              <Table.Th className="number">Reserved</Table.Th>
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
  transaction: { description, job_id: job, created_at, entries },
}: {
  transaction: LedgerTransaction;
}) {
  return (
    <Table.Tr>
      <Table.Td>{formatMoment(created_at)}</Table.Td>
      <Table.Td>
        {description}{" "}
        {job && (
          <Anchor component={Link} to={`/jobs/${job}`} size="xs" ff="monospace">
            {job}
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
