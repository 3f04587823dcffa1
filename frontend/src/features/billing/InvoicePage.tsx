import { Badge, Button, SimpleGrid } from "@mantine/core";
import { useParams } from "react-router";
import { paths } from "../../app/paths.ts";
import { Fact } from "../../components/Fact.tsx";
import { LoadedPage } from "../../components/LoadedPage.tsx";
import { Money } from "../../components/Money.tsx";
import { Page } from "../../components/Page.tsx";
import { Section } from "../../components/Section.tsx";
import { formatMoment, formatMonth } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { InvoiceLines } from "./InvoiceLines.tsx";
import { INVOICE_STATES } from "./invoiceStates.ts";
import { type Invoice, invoiceFileUrl, useInvoice } from "./queries.ts";

export function InvoicePage() {
  const { invoiceId = "" } = useParams();
  const invoice = useInvoice(invoiceId);
  return (
    <LoadedPage
      query={invoice}
      kind={t("billing.invoice")}
      list={{ to: paths.invoices, label: t("billing.invoices") }}
    >
      {(found) => <InvoiceScreen invoice={found} />}
    </LoadedPage>
  );
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
      <InvoiceLines invoice={invoice} />
    </Page>
  );
}
