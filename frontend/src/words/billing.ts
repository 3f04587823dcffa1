export const FREE_REASONS = {
  not_kept: "Free: not kept",
  no_training: "Free: no training",
} as const;

export const LEDGER_KINDS = {
  credit: "Credit",
  hold: "Reserved for a job",
  usage: "Training",
  release: "Reservation released",
} as const;
