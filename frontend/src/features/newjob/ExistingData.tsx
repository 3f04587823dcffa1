import { Button, Stack } from "@mantine/core";
import { useState } from "react";
import { Empty } from "../../components/Empty.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Rows } from "../../components/Rows.tsx";
import { formatMoment } from "../../format/time.ts";
import { TASK_WORDS } from "../../words/tasks.ts";
import { Profile } from "../datasets/Profile.tsx";
import { type Dataset, type ReadyData, useDataset, useDatasets, useVersion } from "../datasets/queries.ts";
import { t } from "../../i18n/index.ts";
import { LazySelect } from "../../components/LazySelect.tsx";

interface Props {
  onReady: (data: ReadyData) => void;
}

export function ExistingData({ onReady }: Props) {
  const datasets = useDatasets();
  return (
    <Rows
      query={datasets}
      empty={<Empty title={t("newJob.noDatasetsYet")}>{t("newJob.uploadAFileTo")}</Empty>}
    >
      {(rows) => <Choice datasets={rows} onReady={onReady} />}
    </Rows>
  );
}

function Choice({ datasets, onReady }: Props & { datasets: Dataset[] }) {
  const [datasetId, setDatasetId] = useState("");
  const [chosenVersion, setChosenVersion] = useState("");
  const detail = useDataset(datasetId);
  const usable = detail.data?.versions.filter((version) => version.allowed_actions.includes("train")) ?? [];
  const versionId = chosenVersion || (usable[0]?.id ?? "");
  const version = useVersion(datasetId, versionId);
  const dataset = detail.data;
  return (
    <Stack gap="md">
      <LazySelect
        label={t("newJob.dataset")}
        placeholder={t("newJob.chooseOne")}
        searchable
        data={datasets.map(({ id, name, task }) => ({
          value: id,
          label: `${name} · ${TASK_WORDS[task].label}`,
        }))}
        value={datasetId || null}
        onChange={(id) => {
          setDatasetId(id ?? "");
          setChosenVersion("");
        }}
      />
      {dataset && usable.length === 0 && <Empty title={t("newJob.thisDatasetHasNo")} />}
      {usable.length > 0 && (
        <LazySelect
          label={t("newJob.version")}
          data={usable.map(({ id, number, created_at }) => ({
            value: id,
            label: t("newJob.version2", { number, created_at: formatMoment(created_at) }),
          }))}
          value={versionId}
          onChange={(id) => setChosenVersion(id ?? "")}
          allowDeselect={false}
        />
      )}
      {versionId && dataset && (
        <Loaded query={version}>
          {(found) => (
            <>
              <Profile version={found} />
              <Button
                w="fit-content"
                onClick={() => onReady({ version: found, datasetName: dataset.name, task: dataset.task })}
              >
                {t("newJob.useThisVersion")}
              </Button>
            </>
          )}
        </Loaded>
      )}
    </Stack>
  );
}
