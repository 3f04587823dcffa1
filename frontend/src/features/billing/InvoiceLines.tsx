import { Anchor, Button, Card, Table, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { ActionsHeader } from "../../components/ActionsHeader.tsx";
import { Money } from "../../components/Money.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatMonth } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { DisputeDialog } from "./DisputeDialog.tsx";
import { LineDisputes } from "./LineDisputes.tsx";
import type { Invoice, InvoiceLine } from "./queries.ts";

/** What an invoice is the sum of; a line that somebody thinks wrong can be disputed. */
export function InvoiceLines({ invoice }: { invoice: Invoice }) {
  const [disputed, setDisputed] = useState<InvoiceLine | null>(null);
  const { currency, lines } = invoice;
  const canDispute = lines.some((line) => line.allowed_actions.includes("dispute"));
  return (
    <Card padding={0}>
      <WideTable label={t("billing.lines")} minWidth={720}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("billing.what")}</Table.Th>
            <Table.Th className="number">{t("billing.quantity")}</Table.Th>
            <Table.Th className="number">{t("billing.unitPrice")}</Table.Th>
            <Table.Th className="number">{t("billing.amount")}</Table.Th>
            {canDispute && <ActionsHeader label={t("billing.actions")} />}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map((line) => (
            <LineRow
              key={line.position}
              line={line}
              currency={currency}
              onDispute={canDispute ? () => setDisputed(line) : undefined}
            />
          ))}
        </Table.Tbody>
        <Table.Tfoot>
          <Sum label={t("billing.subtotal")} amount={invoice.subtotal} currency={currency} />
          {invoice.taxes.map((tax) => (
            <Sum
              key={`${tax.country} ${tax.category} ${tax.percent}`}
              label={t("billing.taxOf", { percent: tax.percent, wording: tax.wording })}
              amount={tax.amount}
              currency={currency}
            />
          ))}
          <Sum label={t("billing.total")} amount={invoice.total} currency={currency} />
        </Table.Tfoot>
      </WideTable>
      {disputed && <DisputeDialog invoice={invoice} line={disputed} onClose={() => setDisputed(null)} />}
    </Card>
  );
}

interface RowProps {
  line: InvoiceLine;
  currency: string;
  /** Where the column of actions is shown. */
  onDispute: (() => void) | undefined;
}

function LineRow({ line, currency, onDispute }: RowProps) {
  return (
    <Table.Tr>
      <Table.Td className="wrap">
        {line.job_name === null ? (
          line.description
        ) : (
          <>
            <Anchor component={Link} to={paths.job(line.subject)} size="sm" fw={550}>
              {line.job_name}
            </Anchor>
            <Text size="xs" c="dimmed">
              {line.description}
            </Text>
          </>
        )}
        {line.late_for && (
          <Text size="xs" c="dimmed">
            {t("billing.lateFor", { month: formatMonth(line.late_for) })}
          </Text>
        )}
        <LineDisputes disputes={line.disputes} />
      </Table.Td>
      <Table.Td className="number">
        {line.quantity} {line.unit}
      </Table.Td>
      <Table.Td className="number">{line.unit_price}</Table.Td>
      <Table.Td className="number">
        <Money amount={line.amount} currency={currency} />
      </Table.Td>
      {onDispute && (
        <Table.Td className="number">
          {line.allowed_actions.includes("dispute") && (
            <Button size="compact-sm" variant="default" onClick={onDispute}>
              {t("billing.dispute")}
            </Button>
          )}
        </Table.Td>
      )}
    </Table.Tr>
  );
}

function Sum({ label, amount, currency }: { label: string; amount: string; currency: string }) {
  return (
    <Table.Tr>
      <Table.Th colSpan={3} className="wrap">
        {label}
      </Table.Th>
      <Table.Td className="number" fw={600}>
        <Money amount={amount} currency={currency} />
      </Table.Td>
    </Table.Tr>
  );
}
