import { Card, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { lazy, type ReactNode, Suspense, useCallback, useMemo, useState } from "react";
import { Chart } from "../../charts/Chart.tsx";
import { ChartControls } from "../../charts/ChartControls.tsx";
import type { ChartSeries } from "../../charts/model.ts";
import { lookOf } from "../../charts/palette.ts";
import { ChartSettingsProvider, useChartSettings } from "../../charts/settings.tsx";
import { axesOf } from "../../charts/xaxis.ts";
import { Loaded } from "../../components/Loaded.tsx";
import { formatFigure } from "../../format/number.ts";
import { metricName, metricValue } from "../../words/metrics.ts";
import { type ChartGroup, chartGroups } from "./chartGroups.ts";
import { type Job, metricsCsv, type Series, useAttempts, useMetrics, useUsage } from "./queries.ts";
import { t } from "../../i18n/index.ts";

/** Loaded where there are many charts. */
const MetricSearch = lazy(() => import("./MetricSearch.tsx"));

/** From so many series on each chart asks for its own, once it is seen. */
const FETCHED_TOGETHER = 60;
const SHOWN_AT_FIRST = 12;
const FIRST_CHARTS = 2;

const GROUP_WORDS = {
  loss: t("jobs.loss"),
  scores: t("jobs.scores"),
  errors: t("jobs.errors"),
  rate: t("jobs.learningRate"),
} as const;

const titleOf = ({ kind, key }: ChartGroup) => (kind === "other" ? metricName(key) : GROUP_WORDS[kind]);

/** Every series that a job told, with what they are drawn by. */
export function JobCharts({ job }: { job: Job }) {
  return (
    <ChartsOf job={job}>
      {(charts) => (
        <Stack gap="md">
          <Charts {...charts} />
        </Stack>
      )}
    </ChartsOf>
  );
}

/** The losses and the scores alone, over steps. */
export function FirstCharts({ job }: { job: Job }) {
  return (
    <ChartsOf job={job}>
      {({ groups, ...rest }) => <ChartGrid groups={groups.slice(0, FIRST_CHARTS)} {...rest} />}
    </ChartsOf>
  );
}

interface ChartsOfProps {
  job: Job;
  children: (charts: ChartsProps) => ReactNode;
}

function ChartsOf({ job, children }: ChartsOfProps) {
  const { latest } = job.metrics;
  const told = useMemo(() => Object.keys(latest), [latest]);
  const together = told.length <= FETCHED_TOGETHER;
  const metrics = useMetrics(job.id, together ? null : told.slice(0, 1), null).data;
  const streamed = metrics?.data.map(({ name }) => name).join(",") ?? "";
  const names = useMemo(
    () => (together && streamed ? [...new Set([...told, ...streamed.split(",")])] : told),
    [together, told, streamed],
  );
  const { epochs, total_steps: steps } = job.progress;
  const clock = metrics?.clock;
  const cost = useBilledSpans(job);
  const axes = useMemo(
    () => axesOf({ stepsPerEpoch: steps && epochs ? steps / epochs : null, clock: clock ?? null, cost }),
    [steps, epochs, clock, cost],
  );
  const groups = useMemo(() => chartGroups(names), [names]);
  const marks = useResumeSteps(job);
  if (groups.length === 0) return job.state === "running" ? <FirstPointsArrive /> : null;
  return (
    <ChartSettingsProvider axes={axes}>{children({ job, groups, together, marks })}</ChartSettingsProvider>
  );
}

function FirstPointsArrive() {
  return (
    <Card component="section">
      <Text c="dimmed" size="sm">
        {t("jobs.theFirstPointsArrive")}
      </Text>
    </Card>
  );
}

/** Where later attempts went on. */
function useResumeSteps(job: Job): number[] {
  const attempts = useAttempts(job.id, job.attempts > 1);
  return useMemo(
    () =>
      (attempts.data ?? []).filter(({ start_step }) => start_step > 0).map(({ start_step }) => start_step),
    [attempts.data],
  );
}

/** When what was billed, in seconds since the job was started. */
function useBilledSpans({ id, started_at: start, cost: { billed } }: Job) {
  const lines = useUsage(id, Number(billed) > 0).data;
  return useMemo(() => {
    const currency = lines?.[0]?.totals.currency;
    if (!currency || !start) return null;
    const since = (iso: string) => (Date.parse(iso) - Date.parse(start)) / 1000;
    const spans = lines
      .filter((line) => line.billed)
      .map((line) => ({
        from: since(line.started_at),
        to: since(line.ended_at),
        amount: Number(line.amount),
      }));
    return { spans, currency };
  }, [lines, start]);
}

interface ChartsProps {
  job: Job;
  groups: ChartGroup[];
  together: boolean;
  marks: number[];
}

function Charts({ job, groups, together, marks }: ChartsProps) {
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const found = wanted
    ? groups.filter((group) =>
        [titleOf(group), ...group.names].some((name) => name.toLowerCase().includes(wanted)),
      )
    : groups;
  return (
    <>
      <Group justify="space-between" gap="sm">
        <ChartControls />
        {groups.length > SHOWN_AT_FIRST && (
          <Suspense>
            <MetricSearch number={groups.length} value={search} onChange={setSearch} />
          </Suspense>
        )}
      </Group>
      <ChartGrid job={job} groups={found} together={together} marks={marks} />
    </>
  );
}

/** So many, and as many more each time the last of them comes near: thousands of cards take long to lay out. */
const CHARTS_AT_ONCE = 60;
const NEAR = "1000px";

function ChartGrid({ job, groups, together, marks }: ChartsProps) {
  const [room, setRoom] = useState(CHARTS_AT_ONCE);
  const end = useCallback((node: HTMLDivElement) => {
    const grow = ([entry]: IntersectionObserverEntry[]) =>
      entry?.isIntersecting && setRoom((before) => before + CHARTS_AT_ONCE);
    const observer = new IntersectionObserver(grow, { rootMargin: NEAR });
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  return (
    <>
      <SimpleGrid cols={{ base: 1, md: groups.length > 1 ? 2 : 1 }} spacing="lg">
        {groups.slice(0, room).map((group, place) => (
          <WhenSeen key={group.key} atOnce={place < SHOWN_AT_FIRST && together}>
            <GroupChart job={job} group={group} together={together} marks={marks} />
          </WhenSeen>
        ))}
      </SimpleGrid>
      {groups.length > room && <div key={room} ref={end} />}
    </>
  );
}

const CHART_HEIGHT = 330;

/** Its content while it is near what is seen: thousands of charts at once would stop the page. */
function WhenSeen({ atOnce, children }: { atOnce: boolean; children: ReactNode }) {
  const { ref, inViewport } = useInViewport<HTMLDivElement>();
  const shown = atOnce || inViewport;
  return (
    <Card component="section" ref={ref} mih={CHART_HEIGHT} padding="md" style={{ contentVisibility: "auto" }}>
      {shown && children}
    </Card>
  );
}

interface GroupProps extends Omit<ChartsProps, "groups"> {
  group: ChartGroup;
}

function GroupChart({ job, group, together, marks }: GroupProps) {
  const { zoom } = useChartSettings();
  const metrics = useMetrics(job.id, together ? null : group.names, zoom);
  const all = metrics.data?.data;
  const series = useMemo(() => linesOf(all ?? [], group), [all, group]);
  const title = titleOf(group);
  return (
    <Loaded query={metrics}>
      {() => (
        <Chart
          title={title}
          series={series}
          kind={group.kind === "scores" ? "fraction" : "number"}
          format={group.kind === "scores" ? fraction : formatFigure}
          marks={marks}
          csv={metricsCsv(job.id, group.names)}
        />
      )}
    </Loaded>
  );
}

const fraction = (value: number) => metricValue("accuracy", value);

function linesOf(all: readonly Series[], { names }: ChartGroup): ChartSeries[] {
  const byName = new Map(all.map((one) => [one.name, one]));
  const drawn = names.flatMap((name) => byName.get(name) ?? []);
  return drawn.map((one, place) => ({
    ...one,
    key: one.name,
    label: drawn.length === 1 && one.name === "lr" ? t("jobs.learningRate") : metricName(one.name),
    exact: one.name === "lr",
    ...lookOf(place),
  }));
}
