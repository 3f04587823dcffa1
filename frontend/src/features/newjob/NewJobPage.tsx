import { Grid, Stack } from "@mantine/core";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { Loaded } from "../../components/Loaded.tsx";
import { Page } from "../../components/Page.tsx";
import { type ReadyData, useDataset, useVersion } from "../datasets/queries.ts";
import { DataSection } from "./DataSection.tsx";
import { JobForm } from "./JobForm.tsx";
import { useArchitectures } from "./queries.ts";
import { t } from "../../i18n/index.ts";

/** The version that the address names, as links from a dataset do. */
function useLinkedData(): ReadyData | null {
  const [search] = useSearchParams();
  const datasetId = search.get("dataset") ?? "";
  const dataset = useDataset(datasetId).data;
  const version = useVersion(datasetId, search.get("version") ?? "").data;
  if (!dataset || version?.state !== "ready") return null;
  return { version, datasetName: dataset.name, task: dataset.task };
}

export function NewJobPage() {
  const [chosen, setChosen] = useState<ReadyData | null>(null);
  const architectures = useArchitectures();
  const linked = useLinkedData();
  const [dismissed, setDismissed] = useState(false);
  const data = chosen ?? (dismissed ? null : linked);
  return (
    <Page title={t("newJob.newJob")}>
      <Loaded query={architectures}>
        {(catalogue) =>
          data ? (
            <JobForm
              key={data.version.id}
              data={data}
              architectures={catalogue.filter((entry) => entry.tasks.includes(data.task))}
              onChangeData={() => {
                setChosen(null);
                setDismissed(true);
              }}
            />
          ) : (
            <Grid gap="lg">
              <Grid.Col span={{ base: 12, md: 8 }}>
                <Stack gap="lg">
                  <DataSection onReady={setChosen} />
                </Stack>
              </Grid.Col>
            </Grid>
          )
        }
      </Loaded>
    </Page>
  );
}
