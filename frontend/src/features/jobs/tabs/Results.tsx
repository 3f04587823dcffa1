import { Stack } from "@mantine/core";
import { TestMetrics } from "../../models/TestMetrics.tsx";
import { ModelResults } from "../../results/ModelResults.tsx";
import { useShownJob } from "../shownJob.ts";

export function Results() {
  const job = useShownJob();
  return (
    <Stack gap="lg">
      {job.test_metrics && <TestMetrics metrics={job.test_metrics} />}
      {job.model_id && <ModelResults modelId={job.model_id} />}
    </Stack>
  );
}
