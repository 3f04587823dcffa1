/** Why time that was trained is not billed. */
export const FREE_REASONS = {
  not_kept: "Free: not kept",
  no_training: "Free: no training",
  beyond_cap: "Free: beyond the cap",
  starved: "Free: its host was busy",
  repeated: "Free: done once more",
} as const;

/** Which limit of a job sets the most that it can cost. */
export const LIMITS = {
  max_cost: "“Spend at most”",
  max_runtime_seconds: "the longest runtime, max_runtime_seconds",
} as const;
