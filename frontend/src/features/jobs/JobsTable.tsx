import { Anchor, Table } from "@mantine/core";
import { WideTable } from "../../components/WideTable.tsx";
import { Link } from "react-router";
import { Money } from "../../components/Money.tsx";
import { Ago } from "../../components/Moment.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { metricName, metricValue } from "../../words/metrics.ts";
import { ProgressBar } from "./ProgressBar.tsx";
import type { Job } from "./queries.ts";
import { paths } from "../../app/paths.ts";
import { t } from "../../i18n/index.ts";

export function JobsTable({ jobs }: { jobs: Job[] }) {
  return (
    <WideTable label={t("jobs.jobs")} minWidth={860} highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("jobs.name")}</Table.Th>
          <Table.Th w={176}>{t("jobs.state")}</Table.Th>
          <Table.Th>{t("jobs.architecture")}</Table.Th>
          <Table.Th w={180}>{t("jobs.progress")}</Table.Th>
          <Table.Th>{t("jobs.result")}</Table.Th>
          <Table.Th className="number">{t("jobs.cost")}</Table.Th>
          <Table.Th className="number">{t("jobs.created")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {jobs.map((job) => (
          <JobRow key={job.id} job={job} />
        ))}
      </Table.Tbody>
    </WideTable>
  );
}

function JobRow({ job }: { job: Job }) {
  return (
    <Table.Tr>
      <Table.Td maw={320}>
        <Anchor component={Link} to={paths.job(job.id)} fw={550} size="sm" truncate display="block">
          {job.name}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <StateBadge state={job.state} verdict={job.verdict} />
      </Table.Td>
      <Table.Td>{job.architecture}</Table.Td>
      <Table.Td>
        <ProgressBar job={job} />
      </Table.Td>
      <Table.Td>
        <Result job={job} />
      </Table.Td>
      <Table.Td className="number">
        <Money amount={job.cost.billed} currency={job.cost.currency} />
      </Table.Td>
      <Table.Td className="number">
        <Ago iso={job.created_at} />
      </Table.Td>
    </Table.Tr>
  );
}

/** How good the model is, and the way to it. */
function Result({ job: { verdict, model_id: model } }: { job: Job }) {
  if (!verdict) return "–";
  const text = `${metricName(verdict.metric)} ${metricValue(verdict.metric, verdict.value)}`;
  if (!model) return text;
  return (
    <Anchor component={Link} to={paths.model(model)} size="sm">
      {text}
    </Anchor>
  );
}
