import { t } from "../i18n/index.ts";

/** Why time of a job is not billed. */
export const FREE_REASONS = {
  not_kept: t("terms.freeReasons.not_kept"),
  no_training: t("terms.freeReasons.no_training"),
  beyond_cap: t("terms.freeReasons.beyond_cap"),
  starved: t("terms.freeReasons.starved"),
  repeated: t("terms.freeReasons.repeated"),
  included: t("terms.freeReasons.included"),
  queued: t("terms.freeReasons.queued"),
  starting: t("terms.freeReasons.starting"),
  stopping: t("terms.freeReasons.stopping"),
} as const;

/** What an estimate of training time is made by. */
export const ESTIMATE_SOURCES = {
  measured: t("terms.estimateSources.measured"),
  measured_profile: t("terms.estimateSources.measured_profile"),
  same_sizes: t("terms.estimateSources.same_sizes"),
  similar_jobs: t("terms.estimateSources.similar_jobs"),
  calibrated_model: t("terms.estimateSources.calibrated_model"),
  cost_model: t("terms.estimateSources.cost_model"),
} as const;

/** Which limit of a job sets the most that it can cost. */
export const LIMITS = {
  max_cost: t("terms.limits.max_cost"),
  max_runtime_seconds: t("terms.limits.max_runtime_seconds"),
} as const;
