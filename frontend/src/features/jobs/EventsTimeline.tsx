import { Text, Timeline } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { Empty } from "../../components/Empty.tsx";
import { Rows } from "../../components/Rows.tsx";
import { reasonPhrase } from "../../words/jobs.ts";
import { useEvents } from "./queries.ts";
import { folded, titleOf } from "./timeline.ts";
import { t } from "../../i18n/index.ts";

export function EventsTimeline({ jobId }: { jobId: string }) {
  const events = useEvents(jobId);
  return (
    <Rows query={events} empty={<Empty title={t("jobDetails.nothingHappenedYet")} />}>
      {(rows) => (
        <Timeline bulletSize={12} lineWidth={2} active={rows.length}>
          {folded(rows).map((event) => (
            <Timeline.Item key={event.sequence} title={titleOf(event)}>
              <Text size="sm" c="dimmed">
                {event.reason && `${reasonPhrase(event.reason)} · `}
                {event.attempt > 0 && t("jobDetails.attemptNumber", { attempt: event.attempt })}
                <At iso={event.created_at} />
              </Text>
            </Timeline.Item>
          ))}
        </Timeline>
      )}
    </Rows>
  );
}
