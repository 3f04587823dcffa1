import { Card, Stack } from "@mantine/core";
import { Section } from "../../../components/Section.tsx";
import { t } from "../../../i18n/index.ts";
import { AttemptLanes } from "../AttemptLanes.tsx";
import { AttemptsTable } from "../AttemptsTable.tsx";
import { EventsTimeline } from "../EventsTimeline.tsx";
import { useShownJob } from "../shownJob.ts";

/** What happened: the attempts over time and as a table, and every event. */
export function Timeline() {
  const job = useShownJob();
  return (
    <Stack gap="lg">
      <Card>
        <AttemptLanes job={job} />
      </Card>
      <Section title={t("jobs.attempts")} flush>
        <AttemptsTable jobId={job.id} />
      </Section>
      <Section title={t("jobDetails.events")}>
        <EventsTimeline jobId={job.id} />
      </Section>
    </Stack>
  );
}
