/** What the machine-readable states and reasons of a job are called on the screen: all of them, in one place. */
import type { MantineColor } from "@mantine/core";
import { knownText, t } from "../i18n/index.ts";

export const JOB_STATES = [
  "queued",
  "starting",
  "running",
  "stopping",
  "paused",
  "succeeded",
  "failed",
  "cancelled",
] as const;

export type JobState = (typeof JOB_STATES)[number];

interface StateWords {
  label: string;
  /** Of its badge. */
  color: MantineColor;
  /** Of its progress bar. */
  bar: MantineColor;
  /** Whether the job moves on by itself, so that its page keeps looking. */
  live: boolean;
}

export const STATE_WORDS: Record<JobState, StateWords> = {
  queued: { label: t("terms.states.queued"), color: "gray", bar: "gray.5", live: true },
  starting: { label: t("terms.states.starting"), color: "cyan", bar: "cyan", live: true },
  running: { label: t("terms.states.running"), color: "blue", bar: "signal", live: true },
  stopping: { label: t("terms.states.stopping"), color: "yellow", bar: "yellow", live: true },
  paused: { label: t("terms.states.paused"), color: "yellow", bar: "yellow", live: false },
  succeeded: { label: t("terms.states.succeeded"), color: "green", bar: "green", live: false },
  failed: { label: t("terms.states.failed"), color: "red", bar: "red", live: false },
  cancelled: { label: t("terms.states.cancelled"), color: "gray", bar: "gray.5", live: false },
};

/** A sentence for a state with its reason, or of the state alone for a reason that has none. */
export function reasonInWords(state: JobState, reason: string): string {
  return knownText(`terms.sentences.${state}.${reason}`) ?? t(`terms.sentences.${state}.otherwise`);
}

/** Words for a reason on its own, in the timeline and the list of attempts. */
export function reasonPhrase(reason: string): string {
  return knownText(`terms.reasons.${reason}`) ?? reason.replaceAll("_", " ");
}

export const isLive = (state: JobState): boolean => STATE_WORDS[state].live;

export const isJobState = (value: string): value is JobState => JOB_STATES.some((state) => state === value);

/** How an attempt stands or ended. */
export const ATTEMPT_STATES = {
  claimed: t("terms.attemptStates.claimed"),
  training: t("terms.attemptStates.training"),
  succeeded: t("terms.attemptStates.succeeded"),
  stopped: t("terms.attemptStates.stopped"),
  cancelled: t("terms.attemptStates.cancelled"),
  failed: t("terms.attemptStates.failed"),
  lost: t("terms.attemptStates.lost"),
} as const;
