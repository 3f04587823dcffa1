import { SegmentedControl, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Empty } from "../../components/Empty.tsx";
import { KeyFigures } from "../../components/KeyFigures.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Page } from "../../components/Page.tsx";
import { Section } from "../../components/Section.tsx";
import { StackedBars } from "../../components/StackedBars.tsx";
import { formatFigure, formatPercent } from "../../format/number.ts";
import { formatMinute } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { type PoolCapacity, useCapacity } from "./queries.ts";
import { WorkersTable } from "./WorkersTable.tsx";

const PERIODS = [
  { value: "1", label: t("operators.anHour") },
  { value: "24", label: t("operators.aDay") },
  { value: "168", label: t("operators.aWeek") },
];

/** Pools and their workers, as they are now and as they were. */
export function FleetPage() {
  const [hours, setHours] = useState("24");
  const capacity = useCapacity(Number(hours));
  return (
    <Page
      title={t("shell.fleet")}
      actions={
        <SegmentedControl
          size="xs"
          data={PERIODS}
          value={hours}
          onChange={setHours}
          aria-label={t("operators.period")}
        />
      }
    >
      <Loaded query={capacity}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title={t("operators.noPools")} />
          ) : (
            <Stack gap="lg">
              <Figures pools={data} />
              {data.map((pool) => (
                <PoolSection key={pool.pool_id} pool={pool} />
              ))}
            </Stack>
          )
        }
      </Loaded>
      <WorkersTable />
    </Page>
  );
}

function Figures({ pools }: { pools: PoolCapacity[] }) {
  const total = (of: (pool: PoolCapacity) => number) => pools.reduce((sum, pool) => sum + of(pool), 0);
  const slots = total((pool) => pool.slots);
  const taken = total((pool) => pool.slots_taken);
  const ill = total((pool) => pool.workers_offline + (pool.workers.quarantined ?? 0));
  const figures = [
    { label: t("operators.slotsTaken"), value: t("operators.ofAll", { n: taken, all: slots }) },
    { label: t("operators.utilization"), value: slots > 0 ? formatPercent(Math.min(1, taken / slots)) : "–" },
    { label: t("operators.illWorkers"), value: String(ill) },
  ];
  return <KeyFigures figures={figures} />;
}

function PoolSection({ pool }: { pool: PoolCapacity }) {
  return (
    <Section
      title={pool.pool}
      aside={
        <Text size="sm" c="dimmed" className="figures">
          {t("operators.slotsOf", { n: pool.slots_taken, all: pool.slots })}
          {pool.state === "closed" && ` · ${t("operators.closed")}`}
        </Text>
      }
    >
      <StackedBars
        label={t("operators.slotsOverTime", { pool: pool.pool })}
        series={[{ key: "taken", label: t("operators.slotsTaken") }]}
        bars={pool.series.map(({ at, slots_taken }) => ({
          label: formatMinute(at),
          values: { taken: slots_taken },
        }))}
        format={formatFigure}
        limit={{ value: pool.slots, label: t("operators.slotsNow", { n: pool.slots }) }}
        height={110}
      />
    </Section>
  );
}
