import { Alert, Anchor, Group, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { paths } from "../../app/paths.ts";
import { Chart } from "../../charts/Chart.tsx";
import { ChartControls } from "../../charts/ChartControls.tsx";
import type { ChartSeries } from "../../charts/model.ts";
import { lookOf } from "../../charts/palette.ts";
import { ChartSettingsProvider } from "../../charts/settings.tsx";
import { axesOf } from "../../charts/xaxis.ts";
import { Empty } from "../../components/Empty.tsx";
import { later } from "../../components/later.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Page } from "../../components/Page.tsx";
import { Section } from "../../components/Section.tsx";
import { t } from "../../i18n/index.ts";
import { isFraction, metricName, metricValue } from "../../words/metrics.ts";
import { lastView } from "../jobs/list/savedViews.ts";
import type { Job } from "../jobs/queries.ts";
import { differences, settingName, valueOf } from "./differences.ts";
import type { Dimension } from "./ParallelCoordinates.tsx";
import { MOST_RUNS, useComparedJobs, useComparedSeries } from "./queries.ts";
import { LazySelect } from "../../components/LazySelect.tsx";

const RunsTable = later(320, [], async () => (await import("./RunsTable.tsx")).RunsTable);
const ParallelCoordinates = later(
  320,
  [],
  async () => (await import("./ParallelCoordinates.tsx")).ParallelCoordinates,
);

const METRICS_IN_TABLE = 4;
const AXES = 7;
const STEPS_ONLY = axesOf({});

export function ComparePage() {
  const [search] = useSearchParams();
  const asked = useMemo(() => [...new Set((search.get("ids") ?? "").split(",").filter(Boolean))], [search]);
  const ids = useMemo(() => asked.slice(0, MOST_RUNS), [asked]);
  const jobs = useComparedJobs(ids);
  return (
    <Stack gap="xs">
      <Anchor component={Link} to={paths.jobsAs(lastView())} size="sm" c="dimmed" w="fit-content">
        {t("jobs.backToJobs")}
      </Anchor>
      <Page title={t("compare.title")}>
        {asked.length > ids.length && (
          <Alert color="yellow">{t("compare.onlySoMany", { most: MOST_RUNS })}</Alert>
        )}
        <Loaded query={jobs}>
          {(found) =>
            found.length > 0 ? <Comparison jobs={found} /> : <Empty title={t("compare.nothing")} />
          }
        </Loaded>
      </Page>
    </Stack>
  );
}

/** Names that most of the runs have, validation first. */
function commonMetrics(jobs: readonly Job[]): string[] {
  const counts = new Map<string, number>();
  for (const job of jobs) {
    for (const name of Object.keys(job.metrics.latest)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const rank = (name: string) => (name.startsWith("val_") ? 0 : name.startsWith("train_") ? 1 : 2);
  return [...counts]
    .sort(([a, m], [b, n]) => rank(a) - rank(b) || n - m || (a < b ? -1 : 1))
    .map(([name]) => name);
}

const missing = (values: readonly unknown[]) =>
  values.filter((value) => value === undefined || value === null).length;

function Comparison({ jobs }: { jobs: Job[] }) {
  const metrics = useMemo(() => commonMetrics(jobs), [jobs]);
  const [chosen, setChosen] = useState("");
  const metric = chosen || (metrics.includes("val_loss") ? "val_loss" : (metrics[0] ?? ""));
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  const differing = useMemo(() => differences(jobs), [jobs]);
  const toggle = (run: number) => {
    const next = new Set(hidden);
    if (!next.delete(run)) next.add(run);
    setHidden(next);
  };
  const dimensions = useMemo(
    (): Dimension[] => [
      ...differing
        .filter(({ path }) => path !== "dataset")
        .sort((a, b) => missing(a.values) - missing(b.values))
        .slice(0, AXES - 1)
        .map(({ path, values }) => ({ key: path, label: settingName(path), values })),
      { key: metric, label: metricName(metric), values: jobs.map((job) => valueOf(job, metric)) },
    ],
    [differing, jobs, metric],
  );
  const inTable = [metric, ...metrics.filter((name) => name !== metric)]
    .slice(0, METRICS_IN_TABLE)
    .filter(Boolean);
  return (
    <>
      <ChartSettingsProvider axes={STEPS_ONLY}>
        <Group gap="lg" align="flex-end">
          <LazySelect
            label={t("compare.metric")}
            size="xs"
            searchable
            data={metrics.map((value) => ({ value, label: metricName(value) }))}
            value={metric || null}
            onChange={(value) => setChosen(value ?? "")}
            allowDeselect={false}
          />
          <ChartControls />
        </Group>
        <Section title={t("compare.curves")}>
          <Curves jobs={jobs} metric={metric} hidden={hidden} />
        </Section>
      </ChartSettingsProvider>
      <Section title={t("compare.runs")} flush>
        <RunsTable jobs={jobs} metrics={inTable} differences={differing} hidden={hidden} onToggle={toggle} />
      </Section>
      <Section title={t("compare.parallel")}>
        {dimensions.length > 1 ? (
          <ParallelCoordinates names={jobs.map(({ name }) => name)} dimensions={dimensions} hidden={hidden} />
        ) : (
          <Text size="sm" c="dimmed">
            {t("compare.sameSettings")}
          </Text>
        )}
      </Section>
    </>
  );
}

function Curves({ jobs, metric, hidden }: { jobs: Job[]; metric: string; hidden: ReadonlySet<number> }) {
  const ids = useMemo(() => jobs.map(({ id }) => id), [jobs]);
  const found = useComparedSeries(ids, metric);
  const series = useMemo((): ChartSeries[] => {
    const byJob = new Map(found.data?.map((one) => [one.job_id, one]));
    return jobs.flatMap(({ id, name }, run) => {
      const one = byJob.get(id);
      if (!one || hidden.has(run)) return [];
      return [{ key: id, label: name, steps: one.steps, values: one.values, ...lookOf(run) }];
    });
  }, [jobs, found.data, hidden]);
  return (
    <Loaded query={found}>
      {() => (
        <Chart
          title={metricName(metric)}
          heading={3}
          height={320}
          series={series}
          kind={isFraction(metric) ? "fraction" : "number"}
          format={(value) => metricValue(metric, value)}
        />
      )}
    </Loaded>
  );
}
