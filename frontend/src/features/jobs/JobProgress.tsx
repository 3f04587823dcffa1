import { Group, Progress, Text } from "@mantine/core";
import { Section } from "../../components/Section.tsx";
import { formatDuration, formatEta } from "../../format/duration.ts";
import { formatCount } from "../../format/number.ts";
import { reasonInWords, STATE_WORDS } from "../../words/jobs.ts";
import { type Job, useQueuePlace } from "./queries.ts";

export function JobProgress({ job }: { job: Job }) {
  const { epoch, epochs, step, total_steps: total, percent, eta_seconds: eta } = job.progress;
  const { live, bar } = STATE_WORDS[job.state];
  return (
    <Section
      title="Progress"
      aside={
        <Text fw={600} className="figures">
          {percent.toFixed(percent < 100 ? 1 : 0)} %
        </Text>
      }
    >
      <Progress
        value={percent}
        color={bar}
        animated={job.state === "running"}
        aria-label="Training progress"
      />
      <Group justify="space-between" mt="xs" gap="xs" className="figures">
        <Text size="sm" c="dimmed">
          Step {formatCount(step)}
          {total !== null && ` of ${formatCount(total)}`} · epoch {formatCount(epoch)}
          {epochs !== null && ` of ${formatCount(epochs)}`}
        </Text>
        {live && eta !== null && (
          <Text size="sm" c="dimmed">
            {formatEta(eta)} left
          </Text>
        )}
      </Group>
      <Text size="sm" mt="sm" role="status">
        {reasonInWords(job.state, job.reason)} <QueuePlace job={job} />
      </Text>
    </Section>
  );
}

function QueuePlace({ job }: { job: Job }) {
  const { data: place } = useQueuePlace(job.id, job.state === "queued");
  if (job.state !== "queued" || !place) return null;
  const wait = place.estimated_wait_seconds;
  return (
    <>
      {place.message}
      {wait !== null && wait > 0 && ` At the latest in about ${formatDuration(wait)}.`}
    </>
  );
}
