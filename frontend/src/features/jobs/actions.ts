/** Which action is allowed in which state: the one table that buttons are made from. */
import type { JobState } from "../../words/jobs.ts";
import { t } from "../../i18n/index.ts";

export const JOB_ACTIONS = ["resume", "pause", "cancel"] as const;

export type JobAction = (typeof JOB_ACTIONS)[number];

interface ActionRule {
  label: string;
  states: readonly JobState[];
  /** What to ask before an action that cannot be taken back. */
  confirm?: string;
}

export const ACTION_RULES: Record<JobAction, ActionRule> = {
  resume: { label: t("jobs.resume"), states: ["paused"] },
  pause: { label: t("jobs.pause"), states: ["queued", "starting", "running"] },
  cancel: {
    label: t("jobs.cancel"),
    states: ["queued", "starting", "running", "stopping", "paused"],
    confirm: t("jobs.theJobEndsFor"),
  },
};

export function allowedActions(state: JobState): JobAction[] {
  return JOB_ACTIONS.filter((action) => ACTION_RULES[action].states.includes(state));
}
