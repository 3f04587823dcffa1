import { Anchor, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import type { Schemas } from "../../api/client.ts";
import { paths } from "../../app/paths.ts";
import { Empty } from "../../components/Empty.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Money } from "../../components/Money.tsx";
import { Page } from "../../components/Page.tsx";
import { Section } from "../../components/Section.tsx";
import { StackedBars } from "../../components/StackedBars.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { daysBetween } from "../../format/days.ts";
import { shortMoney, sumOfMoney } from "../../format/money.ts";
import { formatCalendarDay } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { useRevenue } from "./queries.ts";

const PERIODS = [
  { value: "7", label: t("operators.sevenDays") },
  { value: "30", label: t("operators.thirtyDays") },
  { value: "365", label: t("operators.aYear") },
];

/** What was billed: each currency by itself. */
export function RevenuePage() {
  const [days, setDays] = useState("30");
  const revenue = useRevenue(Number(days));
  return (
    <Page
      title={t("shell.revenue")}
      actions={
        <SegmentedControl
          size="xs"
          data={PERIODS}
          value={days}
          onChange={setDays}
          aria-label={t("operators.period")}
        />
      }
    >
      <Loaded query={revenue}>
        {({ totals, data, customers }) =>
          totals.length === 0 ? (
            <Empty title={t("operators.noRevenue")}>{t("operators.whatRevenueIs")}</Empty>
          ) : (
            <Stack gap="lg">
              {totals.map(({ currency, amount }) => (
                <CurrencySection
                  key={currency}
                  currency={currency}
                  amount={amount}
                  rows={data.filter((row) => row.currency === currency)}
                  days={Number(days)}
                />
              ))}
              <Customers rows={customers} />
              <Text size="xs" c="dimmed">
                {t("operators.whatRevenueIs")}
              </Text>
            </Stack>
          )
        }
      </Loaded>
    </Page>
  );
}

type RevenueDay = Schemas["RevenueDay"];

interface SectionProps {
  currency: string;
  amount: string;
  rows: RevenueDay[];
  days: number;
}

const LABEL_OF = {
  storage: t("operators.revenueOfStorage"),
  predictions: t("operators.revenueOfPredictions"),
  plan: t("operators.revenueOfPlans"),
};

/** Training stands under its pool. */
const labelOf = ({ kind, pool }: RevenueDay) =>
  kind === "training" || kind === "corrections" ? pool : LABEL_OF[kind];

function CurrencySection({ currency, amount, rows, days }: SectionProps) {
  // What is taken back is no bar: it stands below them as one sum.
  const charges = rows.filter(({ kind }) => kind !== "corrections");
  const corrections = rows.filter(({ kind }) => kind === "corrections");
  const labels = [...new Set(charges.map(labelOf))].sort();
  const bars = daysBetween(days, new Date()).map((day) => ({
    label: formatCalendarDay(day),
    values: Object.fromEntries(
      charges.filter((row) => row.day === day).map((row) => [labelOf(row), Number(row.amount)]),
    ),
  }));
  return (
    <Section
      title={t("operators.billedIn", { currency })}
      aside={
        <Text fw={600} className="figures">
          <Money amount={amount} currency={currency} />
        </Text>
      }
    >
      <StackedBars
        label={t("operators.revenueByDay")}
        series={labels.map((label) => ({ key: label, label }))}
        bars={bars}
        format={(value) => shortMoney(value.toFixed(6), currency)}
      />
      {corrections.length > 0 && (
        <Text size="sm" mt="xs" className="figures">
          {t("operators.revenueCorrected")}{" "}
          <Money amount={sumOfMoney(corrections.map(({ amount }) => amount))} currency={currency} />
        </Text>
      )}
    </Section>
  );
}

interface Customer {
  organization_id: string;
  organization: string;
  amount: string;
  currency: string;
}

function Customers({ rows }: { rows: Customer[] }) {
  return (
    <Section title={t("operators.customers")} flush>
      <WideTable label={t("operators.customers")} minWidth={360}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("operators.tenant")}</Table.Th>
            <Table.Th className="number">{t("operators.billed")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ organization_id: id, organization, amount, currency }) => (
            <Table.Tr key={`${id} ${currency}`}>
              <Table.Td>
                <Anchor component={Link} to={paths.tenant(id)} size="sm">
                  {organization}
                </Anchor>
              </Table.Td>
              <Table.Td className="number">
                <Money amount={amount} currency={currency} exact />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
    </Section>
  );
}
