import { ActionIcon, Anchor, Badge, Button, Group, Table } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { At } from "../../components/At.tsx";
import { ActionsHeader } from "../../components/ActionsHeader.tsx";
import { useState } from "react";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { Empty } from "../../components/Empty.tsx";
import { LazyMenu } from "../../components/LazyMenu.tsx";
import { Money } from "../../components/Money.tsx";
import { Page } from "../../components/Page.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { sumOfMoney } from "../../format/money.ts";
import { formatMonth } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { INVOICE_STATES } from "../billing/invoiceStates.ts";
import { Disputes } from "./Disputes.tsx";
import { CreditDialog, PayDialog, VoidDialog } from "./InvoiceDialogs.tsx";
import { type AdminInvoice, useAllInvoices } from "./queries.ts";

/** Invoices of every organization, and what they dispute. */
export function InvoicesPage() {
  const invoices = useAllInvoices();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  return (
    <Page title={t("shell.allInvoices")}>
      <Section title={t("shell.allInvoices")} flush>
        <Rows query={invoices} empty={<Empty title={t("operators.noInvoices")} />}>
          {(rows) => (
            <WideTable label={t("shell.allInvoices")} minWidth={760}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("operators.number")}</Table.Th>
                  <Table.Th>{t("operators.tenant")}</Table.Th>
                  <Table.Th>{t("operators.month")}</Table.Th>
                  <Table.Th>{t("operators.state")}</Table.Th>
                  <Table.Th className="number">{t("operators.total")}</Table.Th>
                  <Table.Th className="number">{t("operators.due")}</Table.Th>
                  <Table.Th>{t("operators.dueBy")}</Table.Th>
                  <ActionsHeader label={t("operators.actions")} />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((invoice) => (
                  <InvoiceRow
                    key={invoice.id}
                    invoice={invoice}
                    onChoose={(action) => setChosen({ action, invoice })}
                  />
                ))}
              </Table.Tbody>
            </WideTable>
          )}
        </Rows>
      </Section>
      <Disputes />
      {chosen && <ChosenDialog {...chosen} onClose={() => setChosen(null)} />}
    </Page>
  );
}

type Action = "pay" | "credit" | "void";

interface Chosen {
  action: Action;
  invoice: AdminInvoice;
}

function ChosenDialog({ action, invoice, onClose }: Chosen & { onClose: () => void }) {
  if (action === "credit") return <CreditDialog invoice={invoice} onClose={onClose} />;
  const open = { ...invoice, due: sumOfMoney([invoice.due, `-${invoice.paid}`]) };
  const Dialog = action === "pay" ? PayDialog : VoidDialog;
  return <Dialog invoice={open} onClose={onClose} />;
}

const CORRECTIONS = [
  { action: "credit", label: t("operators.writeCreditNote") },
  { action: "void", label: t("operators.voidInvoice") },
] as const;

function InvoiceRow({ invoice, onChoose }: { invoice: AdminInvoice; onChoose: (action: Action) => void }) {
  const corrections = CORRECTIONS.filter(({ action }) => invoice.allowed_actions.includes(action));
  const [now] = useState(() => Date.now());
  const { label, color } = INVOICE_STATES[invoice.state];
  const overdue =
    invoice.state === "finalized" && invoice.due_at !== null && Date.parse(invoice.due_at) < now;
  return (
    <Table.Tr>
      <Table.Td>{invoice.number}</Table.Td>
      <Table.Td>
        <Anchor component={Link} to={paths.tenant(invoice.organization_id)} size="sm">
          {invoice.organization}
        </Anchor>
      </Table.Td>
      <Table.Td>{formatMonth(invoice.period.month)}</Table.Td>
      <Table.Td>
        <Group gap={6} wrap="nowrap">
          <Badge color={color}>{label}</Badge>
          {overdue && <Badge color="red">{t("operators.overdue")}</Badge>}
        </Group>
      </Table.Td>
      <Table.Td className="number">
        <Money amount={invoice.total} currency={invoice.currency} />
      </Table.Td>
      <Table.Td className="number">
        <Money amount={invoice.due} currency={invoice.currency} />
      </Table.Td>
      <Table.Td>{invoice.due_at ? <At iso={invoice.due_at} /> : "–"}</Table.Td>
      <Table.Td className="number">
        <Group gap={6} justify="flex-end" wrap="nowrap">
          {invoice.allowed_actions.includes("pay") && (
            <Button size="compact-sm" variant="default" onClick={() => onChoose("pay")}>
              {t("operators.enterPayment")}
            </Button>
          )}
          {corrections.length > 0 && (
            <LazyMenu
              items={corrections.map(({ action, label }) => ({ label, onClick: () => onChoose(action) }))}
              target={(button) => (
                <ActionIcon
                  {...button}
                  variant="subtle"
                  color="gray"
                  aria-label={t("operators.actionsOn", { name: invoice.number })}
                >
                  <IconDots size={18} aria-hidden />
                </ActionIcon>
              )}
            />
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
