"""The usage rollup: sums of billed usage by pool and stretch of time, which totals are read from."""
