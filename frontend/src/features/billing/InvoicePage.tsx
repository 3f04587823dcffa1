import { Anchor, Badge, Button, Card, SimpleGrid, Table, Text } from "@mantine/core";
import { Link, useParams } from "react-router";
import { paths } from "../../app/paths.ts";
import { Fact } from "../../components/Fact.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Money } from "../../components/Money.tsx";
import { Page } from "../../components/Page.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatMoment, formatMonth } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { INVOICE_STATES } from "./invoiceStates.ts";
import { type Invoice, invoiceFileUrl, useInvoice } from "./queries.ts";

export function InvoicePage() {
  const { invoiceId = "" } = useParams();
  const invoice = useInvoice(invoiceId);
  return <Loaded query={invoice}>{(found) => <InvoiceScreen invoice={found} />}</Loaded>;
}

const FILES = [
  { kind: "pdf", label: t("billing.pdf") },
  { kind: "csv", label: t("billing.csv") },
  { kind: "journal", label: t("billing.journal") },
] as const;

function InvoiceScreen({ invoice }: { invoice: Invoice }) {
  const { label, color } = INVOICE_STATES[invoice.state];
  return (
    <Page
      title={invoice.number || t("billing.draftOf", { month: formatMonth(invoice.period.month) })}
      aside={<Badge color={color}>{label}</Badge>}
      actions={
        <>
          <Button size="sm" variant="default" onClick={() => window.print()}>
            {t("billing.printInvoice")}
          </Button>
          {FILES.map(({ kind, label: name }) => (
            <Button
              key={kind}
              component="a"
              href={invoiceFileUrl(invoice.id, kind)}
              download
              size="sm"
              variant="default"
            >
              {name}
            </Button>
          ))}
        </>
      }
    >
      <Section title={t("billing.summary")}>
        <SimpleGrid component="dl" m={0} cols={{ base: 2, sm: 4 }} spacing="lg">
          <Fact label={t("billing.month")} note={invoice.period.time_zone}>
            {formatMonth(invoice.period.month)}
          </Fact>
          <Fact label={t("billing.total")}>
            <Money amount={invoice.total} currency={invoice.currency} />
          </Fact>
          <Fact label={t("billing.paidFromCredit")}>
            <Money amount={invoice.paid_from_credit} currency={invoice.currency} />
          </Fact>
          <Fact
            label={t("billing.due")}
            note={invoice.due_at && t("billing.dueBy", { when: formatMoment(invoice.due_at) })}
          >
            <Money amount={invoice.due} currency={invoice.currency} />
          </Fact>
        </SimpleGrid>
      </Section>
      <Lines invoice={invoice} />
    </Page>
  );
}

function Lines({ invoice }: { invoice: Invoice }) {
  const { currency } = invoice;
  return (
    <Card padding={0}>
      <WideTable label={t("billing.lines")} minWidth={720}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("billing.what")}</Table.Th>
            <Table.Th className="number">{t("billing.quantity")}</Table.Th>
            <Table.Th className="number">{t("billing.unitPrice")}</Table.Th>
            <Table.Th className="number">{t("billing.amount")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {invoice.lines.map((line) => (
            <Table.Tr key={line.position}>
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
              </Table.Td>
              <Table.Td className="number">
                {line.quantity} {line.unit}
              </Table.Td>
              <Table.Td className="number">{line.unit_price}</Table.Td>
              <Table.Td className="number">
                <Money amount={line.amount} currency={currency} />
              </Table.Td>
            </Table.Tr>
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
    </Card>
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
