import type { Schemas } from "../../api/client.ts";
import { isJobState, STATE_WORDS } from "../../words/jobs.ts";
import { t } from "../../i18n/index.ts";

export type JobEvent = Schemas["Event"];

const isCheckpoint = (event: JobEvent | undefined) => event?.type === "checkpoint";

/** The events to show: of checkpoints of one attempt with nothing between them only the last. */
export function folded(events: readonly JobEvent[]): JobEvent[] {
  return events.filter((event, place) => {
    const next = events[place + 1];
    return !(isCheckpoint(event) && isCheckpoint(next) && next?.attempt === event.attempt);
  });
}

export function titleOf({ type, to_state, data }: JobEvent): string {
  if (isJobState(to_state)) return STATE_WORDS[to_state].label;
  if (type === "checkpoint")
    return t("jobs.checkpointAtStep", { number: String(data.number), step: String(data.step) });
  const words = type.replaceAll(/[_.]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
