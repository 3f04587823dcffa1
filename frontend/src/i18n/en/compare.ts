export const compare = {
  title: "Compare runs",
  run: "Run",
  runs: "Runs",
  curves: "Curves",
  metric: "Metric",
  parallel: "Settings and result",
  parallelOf: "A line for each run over {axes}",
  show: "Draw {name}",
  ofAll: "Mean ± standard deviation of all {number}",
  onlySoMany: "Only the first {most} runs are compared.",
  nothing: "None of these jobs is there",
  sameSettings: "The runs have the same settings.",
};
