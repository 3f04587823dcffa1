import { Card } from "@mantine/core";
import { Preview } from "../Preview.tsx";
import { useShownDataset } from "../shownDataset.ts";

export function PreviewTab() {
  const { version } = useShownDataset();
  return (
    <Card>
      <Preview datasetId={version.dataset_id} versionId={version.id} />
    </Card>
  );
}
