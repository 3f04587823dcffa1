/** What the machine-readable states and reasons of a job are called on the screen: all of them, in one place. */
import type { MantineColor } from "@mantine/core";

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
  queued: { label: "Queued", color: "gray", bar: "gray.5", live: true },
  starting: { label: "Starting", color: "cyan", bar: "cyan", live: true },
  running: { label: "Running", color: "blue", bar: "signal", live: true },
  stopping: { label: "Stopping", color: "yellow", bar: "yellow", live: true },
  paused: { label: "Paused", color: "yellow", bar: "yellow", live: false },
  succeeded: { label: "Succeeded", color: "green", bar: "green", live: false },
  failed: { label: "Failed", color: "red", bar: "red", live: false },
  cancelled: { label: "Cancelled", color: "gray", bar: "gray.5", live: false },
};

/** Sentences for a state with its reason; `state` alone is what to say of any other reason. */
const SENTENCES: Record<string, string> = {
  queued: "Waiting for a free slot.",
  "queued.user": "Resumed; waiting for a free slot to go on from the last checkpoint.",
  "queued.worker_lost":
    "Its worker was lost. Training goes on from the last checkpoint as soon as a slot is free.",
  "queued.drained":
    "Its worker is being taken out of service. Training goes on from the last checkpoint elsewhere.",
  "queued.preempted":
    "A job that goes first took its place. Training goes on from the last checkpoint as soon as a slot is free.",
  "queued.quarantined":
    "Its worker is faulty and was taken out of service. Training goes on from the last checkpoint elsewhere.",
  "queued.hang": "Training took no step any more. It is tried once more from the last checkpoint.",
  "queued.room_again":
    "There is room again. Training goes on from the last checkpoint as soon as a slot is free.",
  "queued.infrastructure":
    "The platform had a fault. Training goes on from the last checkpoint; you are not billed.",
  starting: "A worker took the job and is loading the data. Billing starts with training.",
  running: "Training.",
  stopping: "Stopping with a checkpoint.",
  "stopping.user": "Stopping as you asked, with a checkpoint.",
  "stopping.cap_reached": "The next step would pass the cost cap. Stopping with a checkpoint.",
  "stopping.insufficient_funds": "The wallet has no more for it. Stopping with a checkpoint.",
  "stopping.max_runtime": "The longest allowed run time is reached. Stopping with a checkpoint.",
  "stopping.preempted": "A job that goes first needs its place. Stopping with a checkpoint to go on later.",
  "stopping.quarantined": "Its worker is faulty. Stopping with a checkpoint to go on elsewhere.",
  "stopping.drained":
    "Its worker is being taken out of service. Stopping with a checkpoint to go on elsewhere.",
  paused: "Paused; resume to go on from the last checkpoint.",
  "paused.user": "Paused as you asked; resume to go on from the last checkpoint.",
  "paused.cap_reached": "Paused before it would pass its cost cap. Nothing is lost.",
  "paused.insufficient_funds":
    "Paused, for the wallet has no more for it. Add funds, then resume; nothing is lost.",
  "paused.infrastructure":
    "The platform failed too often for this job. Its last checkpoint is kept: resume to go on from there.",
  "paused.hang":
    "Training took no step any more, twice. Its last checkpoint is kept: resume to go on from there.",
  "paused.worker_lost":
    "Workers were lost too often for this job. Its last checkpoint is kept: resume to go on from there.",
  "paused.max_runtime": "Paused at the longest allowed run time. Nothing is lost.",
  "paused.storage":
    "The platform has no room to keep its work. It goes on from the last checkpoint when there is room again.",
  succeeded: "Trained to the end.",
  failed: "Training could not go on.",
  "failed.user_fault": "Training could not go on with this data or these settings.",
  "failed.infrastructure":
    "The platform failed too often for this job. You are billed only for work that was kept.",
  "failed.hang": "Training took no step any more, twice. You are billed only for work that was kept.",
  "failed.worker_lost":
    "Workers were lost too often for this job. You are billed only for work that was kept.",
  cancelled: "Cancelled.",
  "cancelled.user": "Cancelled as you asked.",
};

export function reasonInWords(state: JobState, reason: string): string {
  return SENTENCES[`${state}.${reason}`] ?? SENTENCES[state] ?? "";
}

/** Words for a reason on its own, in the timeline and the list of attempts. */
const REASONS: Record<string, string> = {
  submitted: "submitted",
  claimed: "taken by a worker",
  training: "training began",
  completed: "trained to the end",
  user: "asked for by a person",
  cap_reached: "cost cap reached",
  insufficient_funds: "no more funds in the wallet",
  max_runtime: "run time limit reached",
  worker_lost: "worker lost",
  preempted: "made room for a job that goes first",
  drained: "worker taken out of service",
  quarantined: "faulty worker taken out of service",
  hang: "took no step any more",
  infrastructure: "fault of the platform",
  storage: "no room to keep work",
  room_again: "room again",
  user_fault: "fault in data or settings",
};

export function reasonPhrase(reason: string): string {
  return REASONS[reason] ?? reason.replaceAll("_", " ");
}

export const isLive = (state: JobState): boolean => STATE_WORDS[state].live;

export const isJobState = (value: string): value is JobState => JOB_STATES.some((state) => state === value);

/** How an attempt stands or ended. */
export const ATTEMPT_STATES = {
  claimed: "Taken",
  training: "Training",
  succeeded: "Succeeded",
  stopped: "Stopped with a checkpoint",
  cancelled: "Cancelled",
  failed: "Failed",
  lost: "Worker lost",
} as const;
