import { Stack } from "@mantine/core";
import { ModelResults } from "../../results/ModelResults.tsx";
import { useShownModel } from "../shownModel.ts";
import { TestMetrics } from "../TestMetrics.tsx";

export function Results() {
  const model = useShownModel();
  return (
    <Stack gap="lg">
      <TestMetrics metrics={model.test_metrics} />
      <ModelResults modelId={model.id} />
    </Stack>
  );
}
