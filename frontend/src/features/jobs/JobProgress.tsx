import { Group, Progress, Text } from "@mantine/core";
import { Section } from "../../components/Section.tsx";
import { formatDuration, formatEta } from "../../format/duration.ts";
import { reasonInWords, STATE_WORDS } from "../../words/jobs.ts";
import { outOf } from "./outOf.ts";
import { type Job, useQueuePlace } from "./queries.ts";
import { t } from "../../i18n/index.ts";

export function JobProgress({ job }: { job: Job }) {
  const { epoch, epochs, step, total_steps: total, percent, eta_seconds: eta } = job.progress;
  const { live, bar } = STATE_WORDS[job.state];
  return (
    <Section
      title={t("jobs.progress")}
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
        aria-label={t("jobs.trainingProgress")}
      />
      <Group justify="space-between" mt="xs" gap="xs" className="figures">
        <Text size="sm" c="dimmed">
          {t("jobs.stepOf", { step: outOf(step, total) })} ·{" "}
          {t("jobs.epochOf", { epoch: outOf(epoch, epochs) })}
        </Text>
        {live && eta !== null && (
          <Text size="sm" c="dimmed">
            {t("jobs.left", { eta: formatEta(eta) })}
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
      {wait !== null && wait > 0 && t("jobs.atTheLatestIn", { wait: formatDuration(wait) })}
    </>
  );
}
