/** What states of workers and checks, and what can be done about them, are called on the operators' pages. */
import type { MantineColor } from "@mantine/core";
import { knownText, t } from "../../i18n/index.ts";
import type { AdminWorker, HealthCheck, WorkerAction } from "./queries.ts";

export const WORKER_STATES: Record<AdminWorker["state"], { label: string; color: MantineColor }> = {
  active: { label: t("operators.workerStates.active"), color: "green" },
  cordoned: { label: t("operators.workerStates.cordoned"), color: "gray" },
  draining: { label: t("operators.workerStates.draining"), color: "yellow" },
  quarantined: { label: t("operators.workerStates.quarantined"), color: "red" },
  removed: { label: t("operators.workerStates.removed"), color: "gray" },
};

interface ActionWords {
  label: string;
  /** What it does, in the dialog that asks for it. */
  effect: string;
  /** Whether a reason may be given, and whether it must. */
  reason: "none" | "optional" | "required";
}

export const WORKER_ACTIONS: Record<WorkerAction, ActionWords> = {
  cordon: { label: t("operators.cordon"), effect: t("operators.whatCordonDoes"), reason: "optional" },
  drain: { label: t("operators.drain"), effect: t("operators.whatDrainDoes"), reason: "optional" },
  quarantine: {
    label: t("operators.quarantine"),
    effect: t("operators.whatQuarantineDoes"),
    reason: "required",
  },
  retest: { label: t("operators.retest"), effect: t("operators.whatRetestDoes"), reason: "none" },
  uncordon: { label: t("operators.uncordon"), effect: t("operators.whatUncordonDoes"), reason: "none" },
  remove: { label: t("operators.remove"), effect: t("operators.whatRemoveDoes"), reason: "none" },
};

export const LEVELS: Record<HealthCheck["level"], { label: string; color: MantineColor }> = {
  ok: { label: t("operators.levels.ok"), color: "green" },
  warning: { label: t("operators.levels.warning"), color: "yellow" },
  failing: { label: t("operators.levels.failing"), color: "red" },
};

export const checkName = (name: string): string =>
  knownText(`operators.checks.${name}`) ?? name.replaceAll("_", " ");
