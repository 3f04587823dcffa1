import { Card, Code, Tabs } from "@mantine/core";
import { AttemptsTable } from "./AttemptsTable.tsx";
import { BillTable } from "./BillTable.tsx";
import { EventsTimeline } from "./EventsTimeline.tsx";
import { Logs } from "./Logs.tsx";
import type { Job } from "./queries.ts";

/** What belongs to a job, one tab each; a tab asks for its rows when it is opened. */
export function JobDetails({ job }: { job: Job }) {
  return (
    <Card padding={0}>
      <Tabs defaultValue="bill" keepMounted={false}>
        <Tabs.List px="sm">
          <Tabs.Tab value="bill">Bill</Tabs.Tab>
          <Tabs.Tab value="events">Timeline</Tabs.Tab>
          <Tabs.Tab value="attempts">Attempts</Tabs.Tab>
          <Tabs.Tab value="logs">Logs</Tabs.Tab>
          <Tabs.Tab value="spec">Settings</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="bill">
          <BillTable jobId={job.id} />
        </Tabs.Panel>
        <Tabs.Panel value="events" p="lg">
          <EventsTimeline jobId={job.id} />
        </Tabs.Panel>
        <Tabs.Panel value="attempts">
          <AttemptsTable jobId={job.id} />
        </Tabs.Panel>
        <Tabs.Panel value="logs" p="md">
          <Logs jobId={job.id} />
        </Tabs.Panel>
        <Tabs.Panel value="spec" p="md">
          <Code block tabIndex={0} aria-label="The job's settings as JSON">
            {JSON.stringify(job.spec, null, 2)}
          </Code>
        </Tabs.Panel>
      </Tabs>
    </Card>
  );
}
