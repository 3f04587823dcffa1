import { Anchor, Badge, Button, Group, type MantineColor, Stack, Table, Text } from "@mantine/core";
import { ActionsHeader } from "../../components/ActionsHeader.tsx";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { paths } from "../../app/paths.ts";
import { At } from "../../components/At.tsx";
import { Empty } from "../../components/Empty.tsx";
import { Fact } from "../../components/Fact.tsx";
import { LazySelect } from "../../components/LazySelect.tsx";
import { Money } from "../../components/Money.tsx";
import { Page } from "../../components/Page.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { t } from "../../i18n/index.ts";
import { type DunningCase, type Stage, useDunning } from "./dunningQueries.ts";
import { PayDialog, VoidDialog } from "./InvoiceDialogs.tsx";

const STAGES: Record<Stage, { label: string; color: MantineColor }> = {
  retrying: { label: t("operators.dunningStages.retrying"), color: "yellow" },
  no_new_jobs: { label: t("operators.dunningStages.no_new_jobs"), color: "orange" },
  jobs_stopped: { label: t("operators.dunningStages.jobs_stopped"), color: "red" },
};
const isStage = (value: string): value is Stage => value in STAGES;
const CHOICES = Object.entries(STAGES).map(([value, { label }]) => ({ value, label }));

interface Chosen {
  act: "pay" | "void";
  invoice: { id: string; number: string; due: string; currency: string };
}

/** Who owes what for how long, and what follows; the stage that is looked for stands in the address. */
export function DunningPage() {
  const [params, setParams] = useSearchParams();
  const wanted = params.get("stage") ?? "";
  const cases = useDunning(isStage(wanted) ? wanted : undefined);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const close = () => setChosen(null);
  return (
    <Page
      title={t("shell.dunning")}
      actions={
        <LazySelect
          aria-label={t("operators.stage")}
          placeholder={t("operators.anyStage")}
          data={CHOICES}
          value={isStage(wanted) ? wanted : null}
          onChange={(stage) => setParams(stage ? { stage } : {}, { replace: true })}
          clearable
          w={180}
        />
      }
    >
      <Totals rows={cases.data ?? []} />
      <Section title={t("operators.overdueInvoices")} flush>
        <Rows
          query={cases}
          empty={<Empty title={t("operators.nothingOverdue")}>{t("operators.whatIsOverdue")}</Empty>}
        >
          {(rows) => <Cases rows={rows} onChoose={setChosen} />}
        </Rows>
      </Section>
      {chosen?.act === "pay" && <PayDialog invoice={chosen.invoice} onClose={close} />}
      {chosen?.act === "void" && <VoidDialog invoice={chosen.invoice} onClose={close} />}
    </Page>
  );
}

/** What is overdue in each currency, of all pages. */
function Totals({ rows }: { rows: DunningCase[] }) {
  const [first] = rows;
  if (!first) return null;
  return (
    <Group component="dl" gap="xl" m={0}>
      {first.totals.map(({ currency, amount, invoices, organizations }) => (
        <Fact
          key={currency}
          label={t("operators.overdueIn", { currency })}
          note={t("operators.overdueCount", { invoices, organizations })}
        >
          <Money amount={amount} currency={currency} />
        </Fact>
      ))}
    </Group>
  );
}

interface CasesProps {
  rows: DunningCase[];
  onChoose: (chosen: Chosen) => void;
}

function Cases({ rows, onChoose }: CasesProps) {
  return (
    <WideTable label={t("operators.overdueInvoices")} minWidth={980}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("operators.tenant")}</Table.Th>
          <Table.Th>{t("operators.number")}</Table.Th>
          <Table.Th className="number">{t("operators.toPay")}</Table.Th>
          <Table.Th>{t("operators.dueSince")}</Table.Th>
          <Table.Th>{t("operators.stage")}</Table.Th>
          <Table.Th>{t("operators.nextStep")}</Table.Th>
          <Table.Th>{t("operators.lastFailure")}</Table.Th>
          <ActionsHeader label={t("operators.actions")} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <CaseRow key={row.invoice_id} row={row} onChoose={onChoose} />
        ))}
      </Table.Tbody>
    </WideTable>
  );
}

function CaseRow({ row, onChoose }: { row: DunningCase; onChoose: (chosen: Chosen) => void }) {
  const { label, color } = STAGES[row.stage];
  const invoice = { id: row.invoice_id, number: row.number, due: row.due, currency: row.currency };
  return (
    <Table.Tr>
      <Table.Td className="wrap">
        <Anchor component={Link} to={paths.tenant(row.organization.id)} size="sm">
          {row.organization.name}
        </Anchor>
      </Table.Td>
      <Table.Td>{row.number}</Table.Td>
      <Table.Td className="number">
        <Money amount={row.due} currency={row.currency} />
      </Table.Td>
      <Table.Td className="wrap">
        <At iso={row.due_since} />
      </Table.Td>
      <Table.Td>
        <Badge color={color} miw="max-content">
          {label}
        </Badge>
      </Table.Td>
      <Table.Td className="wrap">
        <NextStep row={row} />
      </Table.Td>
      <Table.Td className="wrap">
        {row.last_failure && (
          <Dated iso={row.last_failure.at}>{row.last_failure.message || t("operators.noReasonGiven")}</Dated>
        )}
      </Table.Td>
      <Table.Td className="number">
        <Group gap={6} justify="flex-end">
          <Button size="compact-sm" variant="default" onClick={() => onChoose({ act: "pay", invoice })}>
            {t("operators.enterPayment")}
          </Button>
          {Number(row.paid) === 0 && (
            <Button size="compact-sm" variant="default" onClick={() => onChoose({ act: "void", invoice })}>
              {t("operators.voidInvoice")}
            </Button>
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

/** What follows and when; while a charge is pending, since when. */
function NextStep({ row }: { row: DunningCase }) {
  if (row.charge_pending_since) {
    return <Dated iso={row.charge_pending_since}>{t("operators.chargePending")}</Dated>;
  }
  if (!row.next_step) return t("operators.noNextStep");
  return <Dated iso={row.next_step.at}>{t(`operators.dunningActions.${row.next_step.action}`)}</Dated>;
}

/** Words, and below them a time. */
function Dated({ iso, children }: { iso: string; children: string }) {
  return (
    <Stack gap={0}>
      <Text size="sm">{children}</Text>
      <Text size="xs" c="dimmed">
        <At iso={iso} />
      </Text>
    </Stack>
  );
}
