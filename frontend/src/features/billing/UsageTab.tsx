import { Group, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { Loaded } from "../../components/Loaded.tsx";
import { Money } from "../../components/Money.tsx";
import { colorOf, StackedBars } from "../../components/StackedBars.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { shortMoney } from "../../format/money.ts";
import { formatFigure } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { useUsageSummary, type UsageSummary } from "./queries.ts";
import classes from "./UsageTab.module.css";
import { usageBars } from "./usageBars.ts";
import { UsageTable } from "./UsageTable.tsx";

const GROUPINGS = [
  { value: "pool", label: t("billing.byPool") },
  { value: "job", label: t("billing.byJob") },
  { value: "member", label: t("billing.byMember") },
] as const;
type Grouping = (typeof GROUPINGS)[number]["value"];
const PERIODS = [
  { value: "7", label: t("billing.sevenDays") },
  { value: "30", label: t("billing.thirtyDays") },
  { value: "90", label: t("billing.ninetyDays") },
];

/** What was used: by day and pool, job or member, and each record of it. */
export function UsageTab() {
  const [by, setBy] = useState<Grouping>("pool");
  const [days, setDays] = useState("30");
  const summary = useUsageSummary(by, Number(days));
  return (
    <>
      <Stack gap="md" p="lg">
        <Group justify="space-between" gap="sm">
          <SegmentedControl
            size="xs"
            data={[...GROUPINGS]}
            value={by}
            onChange={(value) => setBy(value)}
            aria-label={t("billing.groupBy")}
          />
          <SegmentedControl
            size="xs"
            data={PERIODS}
            value={days}
            onChange={setDays}
            aria-label={t("billing.period")}
          />
        </Group>
        <Loaded query={summary}>
          {(found) => found.groups.length > 0 && <Summary summary={found} by={by} days={Number(days)} />}
        </Loaded>
      </Stack>
      <UsageTable />
    </>
  );
}

const nameOf = ({ key, name }: { key: string; name: string }) => (key ? name || key : t("billing.allOthers"));

function Summary({ summary, by, days }: { summary: UsageSummary; by: Grouping; days: number }) {
  const { groups, currency } = summary;
  return (
    <>
      <StackedBars
        label={t("billing.usageByDay")}
        series={groups.map((group) => ({ key: group.key, label: nameOf(group) }))}
        bars={usageBars(summary, days)}
        format={(value) => shortMoney(value.toFixed(6), currency)}
      />
      <WideTable label={t("billing.groups")} minWidth={420}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{GROUPINGS.find(({ value }) => value === by)?.label}</Table.Th>
            <Table.Th className="number">{t("billing.slotSeconds")}</Table.Th>
            <Table.Th className="number">{t("billing.amount")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {groups.map((group, index) => (
            <Table.Tr key={group.key}>
              <Table.Td>
                <span className={classes.key} style={{ background: colorOf(index) }} aria-hidden />
                {by === "job" && group.key ? (
                  <Link to={paths.job(group.key)}>{nameOf(group)}</Link>
                ) : (
                  nameOf(group)
                )}
              </Table.Td>
              <Table.Td className="number">{formatFigure(group.slot_seconds)}</Table.Td>
              <Table.Td className="number">
                <Money amount={group.amount} currency={currency} exact />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
      <Text size="xs" c="dimmed">
        {t("billing.daysIn", { zone: summary.time_zone })}
      </Text>
    </>
  );
}
