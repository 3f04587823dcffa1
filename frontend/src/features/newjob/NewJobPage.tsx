import { Grid, Stack } from "@mantine/core";
import { useState } from "react";
import { Loaded } from "../../components/Loaded.tsx";
import { Page } from "../../components/Page.tsx";
import type { DatasetVersion } from "../datasets/queries.ts";
import { DataSection } from "./DataSection.tsx";
import { JobForm } from "./JobForm.tsx";
import { useArchitectures } from "./queries.ts";
import type { Task } from "../../words/tasks.ts";
import { t } from "../../i18n/index.ts";

/** The data a job is to train on: a version that is ready, and what its dataset is for. */
export interface ChosenData {
  version: DatasetVersion;
  datasetName: string;
  task: Task;
}

export function NewJobPage() {
  const [data, setData] = useState<ChosenData | null>(null);
  const architectures = useArchitectures();
  return (
    <Page title={t("newJob.newJob")}>
      <Loaded query={architectures}>
        {(catalogue) =>
          data ? (
            <JobForm
              key={data.version.id}
              data={data}
              architectures={catalogue.filter((entry) => entry.tasks.includes(data.task))}
              onChangeData={() => setData(null)}
            />
          ) : (
            <Grid gap="lg">
              <Grid.Col span={{ base: 12, md: 8 }}>
                <Stack gap="lg">
                  <DataSection onReady={setData} />
                </Stack>
              </Grid.Col>
            </Grid>
          )
        }
      </Loaded>
    </Page>
  );
}
