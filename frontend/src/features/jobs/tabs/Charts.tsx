import { JobCharts } from "../JobCharts.tsx";
import { useShownJob } from "../shownJob.ts";

export function Charts() {
  return <JobCharts job={useShownJob()} />;
}
