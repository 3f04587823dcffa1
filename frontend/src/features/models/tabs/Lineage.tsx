import { SimpleGrid, Stack, Text } from "@mantine/core";
import { paths } from "../../../app/paths.ts";
import { Fact } from "../../../components/Fact.tsx";
import { NamedLink } from "../../../components/NamedLink.tsx";
import { Section } from "../../../components/Section.tsx";
import { t } from "../../../i18n/index.ts";
import { useDataset, useVersion } from "../../datasets/queries.ts";
import { JobsMadeFrom } from "../../jobs/JobsMadeFrom.tsx";
import { useJob } from "../../jobs/queries.ts";
import { type Model, useModel } from "../queries.ts";
import { useShownModel } from "../shownModel.ts";

/** The data, the job and the model that it comes from, and what was trained further from it. */
export function Lineage() {
  const model = useShownModel();
  return (
    <Stack gap="lg">
      <Section title={t("models.whereItComesFrom")}>
        <SimpleGrid component="dl" m={0} cols={{ base: 1, xs: 2, md: 4 }} spacing="lg">
          {model.origin === "imported" ? (
            <Fact label={t("models.importedFor")}>{model.base}</Fact>
          ) : (
            <>
              <TrainedOn model={model} />
              {model.init_from && <StartedFrom modelId={model.init_from} />}
              <TrainedBy jobId={model.job_id} />
            </>
          )}
        </SimpleGrid>
      </Section>
      <Section title={t("models.trainedFurther")} flush>
        <JobsMadeFrom source={{ init_from: model.id }}>{t("models.notTrainedFurther")}</JobsMadeFrom>
      </Section>
    </Stack>
  );
}

function TrainedOn({ model: { dataset_id: dataset, dataset_version: version } }: { model: Model }) {
  const number = useVersion(dataset, version).data?.number;
  return (
    <Fact
      label={t("models.trainedOn")}
      note={number !== undefined && <Text span>{t("models.versionNumber", { number })}</Text>}
    >
      <NamedLink id={dataset} to={paths.datasetVersion(dataset, version)} query={useDataset(dataset)} />
    </Fact>
  );
}

function StartedFrom({ modelId }: { modelId: string }) {
  return (
    <Fact label={t("models.startedFrom")}>
      <NamedLink id={modelId} to={paths.model(modelId)} query={useModel(modelId)} />
    </Fact>
  );
}

function TrainedBy({ jobId }: { jobId: string }) {
  return (
    <Fact label={t("models.trainedBy")}>
      <NamedLink id={jobId} to={paths.job(jobId)} query={useJob(jobId)} />
    </Fact>
  );
}
