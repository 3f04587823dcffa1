/** Why time that was trained is not billed. */
export const FREE_REASONS = {
  not_kept: "Free: not kept",
  no_training: "Free: no training",
  beyond_cap: "Free: beyond the cap",
} as const;
