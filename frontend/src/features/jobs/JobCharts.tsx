import { SimpleGrid, Text } from "@mantine/core";
import { useMemo } from "react";
import { type Line, LineChart } from "../../components/LineChart.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Section } from "../../components/Section.tsx";
import { metricName, metricValue } from "../../words/metrics.ts";
import { type ChartGroup, chartGroups, smooth } from "./chartGroups.ts";
import { type Job, useMetrics } from "./queries.ts";
import { t } from "../../i18n/index.ts";

const TRAIN = { light: "#1f5eb8", dark: "#6595e1" };
const VAL = { light: "#c2570c", dark: "#f59f5b" };
const WORTH_SMOOTHING = 80;
const POINTS_SHOWN = 30;

function linesOf({ train, val }: ChartGroup): Line[] {
  const lines: Line[] = [];
  if (train) {
    const { steps, values } = train;
    const many = values.length >= WORTH_SMOOTHING;
    if (many) lines.push({ label: t("jobs.eachStep"), color: TRAIN, steps, values, faint: true });
    lines.push({ label: t("jobs.training"), color: TRAIN, steps, values: many ? smooth(values) : values });
  }
  if (val) {
    const { steps, values } = val;
    lines.push({
      label: t("jobs.validation"),
      color: VAL,
      steps,
      values,
      points: steps.length <= POINTS_SHOWN,
    });
  }
  return lines;
}

export function JobCharts({ job }: { job: Job }) {
  const metrics = useMetrics(job.id);
  return (
    <Loaded query={metrics}>
      {(series) => {
        const groups = chartGroups(series);
        if (groups.length === 0 && job.state !== "running") return null;
        return (
          <SimpleGrid cols={{ base: 1, md: 2, lg: groups.length % 2 ? 3 : 2 }} spacing="lg">
            {groups.map((group) => (
              <MetricChart key={group.metric} group={group} />
            ))}
            {groups.length === 0 && (
              <Section title={t("jobs.loss")}>
                <Text c="dimmed" size="sm">
                  {t("jobs.theFirstPointsArrive")}
                </Text>
              </Section>
            )}
          </SimpleGrid>
        );
      }}
    </Loaded>
  );
}

function MetricChart({ group }: { group: ChartGroup }) {
  const lines = useMemo(() => linesOf(group), [group]);
  const format = useMemo(() => (value: number) => metricValue(group.metric, value), [group.metric]);
  const name = metricName(group.metric);
  return (
    <Section title={name}>
      <LineChart label={name} lines={lines} format={format} />
    </Section>
  );
}
