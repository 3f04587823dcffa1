"""The usage rollup: sums of billed usage by pool and time bucket, from which totals are read."""
