import { Card } from "@mantine/core";
import { t } from "../../../i18n/index.ts";
import { JobsMadeFrom } from "../../jobs/JobsMadeFrom.tsx";
import { useShownDataset } from "../shownDataset.ts";

/** What was trained on the version that is shown, with the models that it became. */
export function Jobs() {
  const { version } = useShownDataset();
  return (
    <Card padding={0}>
      <JobsMadeFrom source={{ dataset_version: version.id }}>{t("data.notTrainedOn")}</JobsMadeFrom>
    </Card>
  );
}
