import { Anchor, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import type { PagesQuery } from "../../api/pages.ts";
import { paths } from "../../app/paths.ts";
import { Empty } from "../../components/Empty.tsx";
import { Ago } from "../../components/Moment.tsx";
import { Money } from "../../components/Money.tsx";
import { Rows } from "../../components/Rows.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatPercent } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { reasonPhrase } from "../../words/jobs.ts";
import type { AdminJob } from "./queries.ts";

interface Props {
  query: PagesQuery<AdminJob>;
  withTenant?: boolean;
}

/** Jobs as operators see them: how they stand, and nothing of what is in them. */
export function JobRows({ query, withTenant = true }: Props) {
  return (
    <Rows query={query} empty={<Empty title={t("operators.noJobs")} />}>
      {(jobs) => (
        <WideTable label={t("operators.jobs")} minWidth={withTenant ? 900 : 760}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("operators.name")}</Table.Th>
              {withTenant && <Table.Th>{t("operators.tenant")}</Table.Th>}
              <Table.Th>{t("operators.state")}</Table.Th>
              <Table.Th>{t("operators.pool")}</Table.Th>
              <Table.Th className="number">{t("operators.slots")}</Table.Th>
              <Table.Th className="number">{t("operators.progress")}</Table.Th>
              <Table.Th className="number">{t("operators.billed")}</Table.Th>
              <Table.Th>{t("operators.created")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {jobs.map((job) => (
              <JobRow key={job.id} job={job} withTenant={withTenant} />
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Rows>
  );
}

function JobRow({ job, withTenant }: { job: AdminJob; withTenant: boolean }) {
  const why = job.error_code ?? (job.reason ? reasonPhrase(job.reason) : "");
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={550}>
          {job.name}
        </Text>
        <Text size="xs" c="dimmed" ff="monospace">
          {job.id}
        </Text>
      </Table.Td>
      {withTenant && (
        <Table.Td>
          <Anchor component={Link} to={paths.tenant(job.organization.id)} size="sm">
            {job.organization.name}
          </Anchor>
        </Table.Td>
      )}
      <Table.Td>
        <StateBadge state={job.state} />
        <Text size="xs" c="dimmed">
          {why}
        </Text>
      </Table.Td>
      <Table.Td>{job.pool}</Table.Td>
      <Table.Td className="number">{job.slots}</Table.Td>
      <Table.Td className="number">
        {job.total_steps ? formatPercent(Math.min(1, job.step / job.total_steps)) : "–"}
      </Table.Td>
      <Table.Td className="number">
        <Money amount={job.billed} currency={job.currency} />
      </Table.Td>
      <Table.Td>
        <Ago iso={job.created_at} />
      </Table.Td>
    </Table.Tr>
  );
}
