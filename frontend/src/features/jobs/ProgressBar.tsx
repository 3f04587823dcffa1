import { Group, Progress, Text } from "@mantine/core";
import { t } from "../../i18n/index.ts";
import { STATE_WORDS } from "../../words/jobs.ts";
import type { Job } from "./queries.ts";

/** How far a job is, as a bar in the colour of its state and in per cent; of one that is done its result tells. */
export function ProgressBar({ job }: { job: Job }) {
  if (job.state === "succeeded") return null;
  return (
    <Group gap="xs" wrap="nowrap">
      <Progress
        value={job.progress.percent}
        color={STATE_WORDS[job.state].bar}
        size="sm"
        flex={1}
        aria-label={t("jobs.progressOf", { name: job.name })}
      />
      <Text size="xs" c="dimmed" w={36} className="number">
        {Math.floor(job.progress.percent)} %
      </Text>
    </Group>
  );
}
