import { Card, Code, Stack, Tabs } from "@mantine/core";
import { AttemptLanes } from "./AttemptLanes.tsx";
import { AttemptsTable } from "./AttemptsTable.tsx";
import { BillTable } from "./BillTable.tsx";
import { EventsTimeline } from "./EventsTimeline.tsx";
import { Logs } from "./Logs.tsx";
import type { Job } from "./queries.ts";
import { t } from "../../i18n/index.ts";

/** What belongs to a job, one tab each; a tab asks for its rows when it is opened. */
export function JobDetails({ job }: { job: Job }) {
  return (
    <Card padding={0}>
      <Tabs defaultValue="bill" keepMounted={false}>
        <Tabs.List px="sm">
          <Tabs.Tab value="bill">{t("jobDetails.bill")}</Tabs.Tab>
          <Tabs.Tab value="events">{t("jobDetails.timeline")}</Tabs.Tab>
          <Tabs.Tab value="attempts">{t("jobs.attempts")}</Tabs.Tab>
          <Tabs.Tab value="logs">{t("jobDetails.logs")}</Tabs.Tab>
          <Tabs.Tab value="spec">{t("jobDetails.settings")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="bill">
          <BillTable jobId={job.id} />
        </Tabs.Panel>
        <Tabs.Panel value="events" p="lg">
          <Stack gap="xl">
            <AttemptLanes job={job} />
            <EventsTimeline jobId={job.id} />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="attempts">
          <AttemptsTable jobId={job.id} />
        </Tabs.Panel>
        <Tabs.Panel value="logs" p="md">
          <Logs job={job} />
        </Tabs.Panel>
        <Tabs.Panel value="spec" p="md">
          <Code block tabIndex={0} aria-label={t("jobDetails.theJobsSettingsAs")}>
            {JSON.stringify(job.spec, null, 2)}
          </Code>
        </Tabs.Panel>
      </Tabs>
    </Card>
  );
}
