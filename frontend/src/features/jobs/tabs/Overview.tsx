import { Stack } from "@mantine/core";
import { later } from "../../../components/later.tsx";
import { WithAside } from "../../../components/WithAside.tsx";
import { Verdict } from "../../models/Verdict.tsx";
import { TestMetrics } from "../../models/TestMetrics.tsx";
import { JobFacts } from "../JobFacts.tsx";
import { JobProgress } from "../JobProgress.tsx";
import { useShownJob } from "../shownJob.ts";

const ResultPicture = later(
  320,
  ["results"],
  async () => (await import("../../results/ResultPicture.tsx")).ResultPicture,
);
const FirstCharts = later(360, ["charts"], async () => (await import("../JobCharts.tsx")).FirstCharts);

/** Of a job with a model its result, whose curves have a tab of their own; of any other how far it came, and how its loss fell. */
export function Overview() {
  const job = useShownJob();
  return (
    <Stack gap="lg">
      {job.verdict && <Verdict verdict={job.verdict} />}
      <WithAside
        aside={
          <>
            {job.test_metrics && <TestMetrics metrics={job.test_metrics} aside />}
            <JobFacts job={job} />
          </>
        }
      >
        {job.state !== "succeeded" && <JobProgress job={job} />}
        {job.model_id ? <ResultPicture modelId={job.model_id} /> : <FirstCharts job={job} />}
      </WithAside>
    </Stack>
  );
}
