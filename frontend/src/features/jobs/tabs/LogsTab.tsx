import { Card } from "@mantine/core";
import { Logs } from "../Logs.tsx";
import { useShownJob } from "../shownJob.ts";

export function LogsTab() {
  return (
    <Card padding="md">
      <Logs job={useShownJob()} />
    </Card>
  );
}
