/** What a person may do with a job. Which of it is allowed, the API says with each job. */
import { t } from "../../i18n/index.ts";

export const JOB_ACTIONS = ["resume", "pause", "cancel"] as const;

export type JobAction = (typeof JOB_ACTIONS)[number];

interface ActionWords {
  label: string;
  /** What to ask before an action that cannot be taken back. */
  confirm?: string;
}

export const ACTION_WORDS: Record<JobAction, ActionWords> = {
  resume: { label: t("jobs.resume") },
  pause: { label: t("jobs.pause") },
  cancel: { label: t("jobs.cancel"), confirm: t("jobs.theJobEndsFor") },
};

/** Those of `allowed` that have a button, in the order of the buttons. */
export function buttonsFor(allowed: readonly string[]): JobAction[] {
  return JOB_ACTIONS.filter((action) => allowed.includes(action));
}
