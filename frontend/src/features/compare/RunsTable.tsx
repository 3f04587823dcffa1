import { Anchor, Group, Table, useComputedColorScheme } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { lookOf } from "../../charts/palette.ts";
import { Money } from "../../components/Money.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { t } from "../../i18n/index.ts";
import { metricName, metricValue } from "../../words/metrics.ts";
import type { Job } from "../jobs/queries.ts";
import { type Difference, type Setting, settingName, summaryOf, valueOf } from "./differences.ts";

interface Props {
  jobs: readonly Job[];
  metrics: readonly string[];
  differences: readonly Difference[];
  hidden: ReadonlySet<number>;
  onToggle: (run: number) => void;
}

const written = (metric: string, value: number | null) => (value === null ? "–" : metricValue(metric, value));
const settingText = (value: Setting | undefined) =>
  value === undefined || value === null ? "–" : String(value);

/** A row a run: its results, and the settings in which the runs differ. Figures below are of all runs, hidden or not. */
export function RunsTable({ jobs, metrics, differences, hidden, onToggle }: Props) {
  const scheme = useComputedColorScheme("light");
  return (
    <WideTable
      label={t("compare.runs")}
      minWidth={480 + 120 * (metrics.length + differences.length)}
      maxHeight={520}
      stickyHeader
    >
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("compare.run")}</Table.Th>
          <Table.Th>{t("jobs.state")}</Table.Th>
          {metrics.map((metric) => (
            <Table.Th key={metric} className="number">
              {metricName(metric)}
            </Table.Th>
          ))}
          {differences.map(({ path }) => (
            <Table.Th key={path} title={path}>
              {settingName(path)}
            </Table.Th>
          ))}
          <Table.Th className="number">{t("jobs.cost")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {jobs.map((job, run) => (
          <Table.Tr key={job.id}>
            <Table.Td>
              <Group gap="xs" wrap="nowrap">
                <input
                  type="checkbox"
                  style={{ accentColor: lookOf(run).color[scheme] }}
                  checked={!hidden.has(run)}
                  onChange={() => onToggle(run)}
                  aria-label={t("compare.show", { name: job.name })}
                />
                <Anchor component={Link} to={paths.job(job.id)} size="sm">
                  {job.name}
                </Anchor>
              </Group>
            </Table.Td>
            <Table.Td>
              <StateBadge state={job.state} verdict={job.verdict} />
            </Table.Td>
            {metrics.map((metric) => (
              <Table.Td key={metric} className="number">
                {written(metric, valueOf(job, metric))}
              </Table.Td>
            ))}
            {differences.map(({ path, values }) => (
              <Table.Td key={path} className="figures">
                {settingText(values[run])}
              </Table.Td>
            ))}
            <Table.Td className="number">
              <Money amount={job.cost.billed} currency={job.cost.currency} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
      <Table.Tfoot>
        <Aggregates {...{ jobs, metrics, differences }} />
      </Table.Tfoot>
    </WideTable>
  );
}

function Aggregates({ jobs, metrics, differences }: Pick<Props, "jobs" | "metrics" | "differences">) {
  return (
    <Table.Tr fw={600}>
      <Table.Td colSpan={2}>{t("compare.ofAll", { number: jobs.length })}</Table.Td>
      {metrics.map((metric) => {
        const summary = summaryOf(jobs.map((job) => valueOf(job, metric)));
        return (
          <Table.Td key={metric} className="number" data-testid={`mean-${metric}`}>
            {summary
              ? `${metricValue(metric, summary.mean)} ± ${metricValue(metric, summary.deviation)}`
              : "–"}
          </Table.Td>
        );
      })}
      <Table.Td colSpan={differences.length + 1} />
    </Table.Tr>
  );
}
