import { Anchor, SimpleGrid, Text } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { Fact } from "../../components/Fact.tsx";
import { Section } from "../../components/Section.tsx";
import { formatDuration, secondsBetween } from "../../format/duration.ts";
import { formatCount } from "../../format/number.ts";
import { TASK_WORDS } from "../../words/tasks.ts";
import type { Job } from "./queries.ts";
import { t } from "../../i18n/index.ts";

export function JobFacts({ job }: { job: Job }) {
  return (
    <Section title={t("jobs.details")}>
      <SimpleGrid component="dl" m={0} cols={{ base: 2, sm: 3, lg: 2 }} spacing="lg" verticalSpacing="sm">
        <Fact label={t("jobs.task")}>{TASK_WORDS[job.task].label}</Fact>
        <Fact label={t("jobs.architecture")}>{job.architecture}</Fact>
        <Fact label={t("jobs.pool")}>{job.pool}</Fact>
        <Fact label={t("jobs.attempts")}>{formatCount(job.attempts)}</Fact>
        <Fact label={t("jobs.checkpoints")}>{formatCount(job.checkpoints_count)}</Fact>
        <Fact label={t("jobs.created")}>
          <At iso={job.created_at} />
        </Fact>
        <Fact label={t("jobs.submitToFirstStep")}>
          {job.first_step_at ? formatDuration(secondsBetween(job.created_at, job.first_step_at)) : "–"}
        </Fact>
        <Fact label={t("jobs.finished")}>{job.finished_at ? <At iso={job.finished_at} /> : "–"}</Fact>
        {job.init_from && (
          <Fact label={t("jobs.startsFrom")}>
            <Anchor component={Link} to={paths.model(job.init_from)} size="sm" ff="monospace">
              {job.init_from}
            </Anchor>
          </Fact>
        )}
        <Fact label={t("jobs.jobId")}>
          <Text span ff="monospace" size="sm">
            {job.id}
          </Text>
        </Fact>
        <Fact label={t("jobs.datasetVersion")}>
          <Text span ff="monospace" size="sm">
            {job.dataset_version}
          </Text>
        </Fact>
      </SimpleGrid>
    </Section>
  );
}
