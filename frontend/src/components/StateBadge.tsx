import { Badge } from "@mantine/core";
import { type JobState, STATE_WORDS } from "../words/jobs.ts";

export function StateBadge({ state }: { state: JobState }) {
  const { label, color } = STATE_WORDS[state];
  return (
    <Badge color={color} miw="max-content">
      {label}
    </Badge>
  );
}
