import { Code, SimpleGrid } from "@mantine/core";
import { Fact } from "../../components/Fact.tsx";
import { Section } from "../../components/Section.tsx";
import { formatDuration, secondsBetween } from "../../format/duration.ts";
import { formatCount } from "../../format/number.ts";
import { formatMoment } from "../../format/time.ts";
import { TASK_WORDS } from "../../words/tasks.ts";
import type { Job } from "./queries.ts";

export function JobFacts({ job }: { job: Job }) {
  return (
    <Section title="Details">
      <SimpleGrid component="dl" m={0} cols={{ base: 2, sm: 3, md: 4 }} spacing="lg" verticalSpacing="md">
        <Fact label="Task">{TASK_WORDS[job.task].label}</Fact>
        <Fact label="Architecture">{job.architecture}</Fact>
        <Fact label="Pool">{job.pool}</Fact>
        <Fact label="Attempts">{formatCount(job.attempts)}</Fact>
        <Fact label="Checkpoints">{formatCount(job.checkpoints_count)}</Fact>
        <Fact label="Created">{formatMoment(job.created_at)}</Fact>
        <Fact label="Submit to first step">
          {job.first_step_at ? formatDuration(secondsBetween(job.created_at, job.first_step_at)) : "–"}
        </Fact>
        <Fact label="Finished">{job.finished_at ? formatMoment(job.finished_at) : "–"}</Fact>
        <Fact label="Job id">
          <Code>{job.id}</Code>
        </Fact>
        <Fact label="Dataset version">
          <Code>{job.dataset_version}</Code>
        </Fact>
      </SimpleGrid>
    </Section>
  );
}
