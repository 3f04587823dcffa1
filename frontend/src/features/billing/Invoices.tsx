import { Anchor, Badge, Table } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { Empty } from "../../components/Empty.tsx";
import { Money } from "../../components/Money.tsx";
import { Rows } from "../../components/Rows.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatMonth } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { INVOICE_STATES } from "./invoiceStates.ts";
import { useInvoices } from "./queries.ts";

export function Invoices() {
  const invoices = useInvoices();
  return (
    <Rows
      query={invoices}
      empty={<Empty title={t("billing.noInvoices")}>{t("billing.whenInvoicesCome")}</Empty>}
    >
      {(rows) => (
        <WideTable label={t("billing.invoices")} minWidth={560} highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("billing.number")}</Table.Th>
              <Table.Th>{t("billing.month")}</Table.Th>
              <Table.Th>{t("billing.state")}</Table.Th>
              <Table.Th className="number">{t("billing.total")}</Table.Th>
              <Table.Th className="number">{t("billing.due")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((invoice) => (
              <Table.Tr key={invoice.id}>
                <Table.Td>
                  <Anchor component={Link} to={paths.invoice(invoice.id)} size="sm" fw={550}>
                    {invoice.number || t("billing.draft")}
                  </Anchor>
                </Table.Td>
                <Table.Td>{formatMonth(invoice.period.month)}</Table.Td>
                <Table.Td>
                  <Badge color={INVOICE_STATES[invoice.state].color}>
                    {INVOICE_STATES[invoice.state].label}
                  </Badge>
                </Table.Td>
                <Table.Td className="number">
                  <Money amount={invoice.total} currency={invoice.currency} />
                </Table.Td>
                <Table.Td className="number">
                  <Money amount={invoice.due} currency={invoice.currency} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Rows>
  );
}
