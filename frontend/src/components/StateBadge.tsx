import { Badge, Group } from "@mantine/core";
import { type JobState, STATE_WORDS } from "../words/jobs.ts";
import { findingWords, type Verdict } from "../words/verdicts.ts";

interface Props {
  state: JobState;
  /** On the model of a job that ended: one of no use is no success to be glad of. */
  verdict?: Verdict | null;
  /** Where there is room for one badge. */
  short?: boolean;
}

export function StateBadge({ state, verdict, short = false }: Props) {
  const { label, color } = STATE_WORDS[state];
  const found = verdict ? findingWords(verdict) : undefined;
  if (!found?.badge)
    return (
      <Badge color={color} miw="max-content">
        {label}
      </Badge>
    );
  return (
    <Group gap={4} wrap="nowrap" title={found.title}>
      {!short && (
        <Badge color="gray" miw="max-content">
          {label}
        </Badge>
      )}
      <Badge color={found.color} miw="max-content">
        {found.badge}
      </Badge>
    </Group>
  );
}
