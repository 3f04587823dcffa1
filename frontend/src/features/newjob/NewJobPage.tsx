import { Button, Code, Group, Text } from "@mantine/core";
import { lazy, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { Empty } from "../../components/Empty.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Page } from "../../components/Page.tsx";
import { WithAside } from "../../components/WithAside.tsx";
import { t } from "../../i18n/index.ts";
import { Profile } from "../datasets/Profile.tsx";
import { type ReadyData, useDataset, useVersion } from "../datasets/queries.ts";
import { useJob } from "../jobs/queries.ts";
import type { Architecture } from "./ModelSection.tsx";
import { recommended, type TaskEntry } from "./presets.ts";
import { useArchitectures, useTasks } from "./queries.ts";
import { cloned, keepDraft, keptDraft, type Spec, withHint } from "./spec.ts";

/** One of them is shown at a time. */
const SpecEditor = lazy(async () => ({ default: (await import("./SpecEditor.tsx")).SpecEditor }));
const DataSection = lazy(async () => ({ default: (await import("./DataSection.tsx")).DataSection }));

export function NewJobPage() {
  const architectures = useArchitectures();
  const tasks = useTasks();
  const [search, setSearch] = useSearchParams();
  const clone = search.get("clone");
  const restart = () => setSearch({}, { replace: true });
  return (
    <Page title={t("newJob.newJob")}>
      <Loaded query={architectures}>
        {(catalogue) =>
          clone ? (
            <FromJob id={clone} retry={search.has("retry")} catalogue={catalogue} onChangeData={restart} />
          ) : (
            <Loaded query={tasks}>{(entries) => <FromData catalogue={catalogue} tasks={entries} />}</Loaded>
          )
        }
      </Loaded>
    </Page>
  );
}

interface FromJobProps {
  id: string;
  /** With what the hint of its failure asks for. */
  retry: boolean;
  catalogue: Architecture[];
  onChangeData: () => void;
}

function FromJob({ id, retry, catalogue, onChangeData }: FromJobProps) {
  const job = useJob(id, 60_000);
  return (
    <Loaded query={job}>
      {(found) => {
        const spec = cloned(found);
        const changed = retry ? withHint(spec, found) : null;
        return (
          <SpecEditor
            key={found.id}
            first={changed ?? spec}
            rows={0}
            source={null}
            architectures={catalogue}
            note={
              changed
                ? t("newJob.hintApplied", { name: found.name })
                : t("newJob.clonedFrom", { name: found.name })
            }
            onChangeData={onChangeData}
            data={
              <Text size="sm">
                {t("newJob.sameData")} <Code>{found.dataset_version}</Code>
              </Text>
            }
          />
        );
      }}
    </Loaded>
  );
}

/** The data that the address names, as links from a dataset do, or the draft that was left. */
function useLinked(datasetId: string, versionId: string): ReadyData | null {
  const dataset = useDataset(datasetId).data;
  const version = useVersion(datasetId, versionId).data;
  return useMemo(
    () =>
      dataset && version?.state === "ready"
        ? { version, datasetName: dataset.name, task: dataset.task }
        : null,
    [dataset, version],
  );
}

function firstSpec(data: ReadyData, catalogue: Architecture[], tasks: TaskEntry[]): Spec | null {
  const served = catalogue.filter((each) => each.tasks.includes(data.task)).map(({ name }) => name);
  const task = tasks.find(({ name }) => name === data.task);
  const suggestion = recommended(task, data.version.rows ?? 0, served);
  const architecture = suggestion?.architecture ?? served[0];
  if (!architecture) return null;
  const name = `${data.datasetName}-${architecture}`.slice(0, 120);
  return { name, dataset: data.version.id, task: data.task, architecture: { name: architecture } };
}

function FromData({ catalogue, tasks }: { catalogue: Architecture[]; tasks: TaskEntry[] }) {
  const [search, setSearch] = useSearchParams();
  const [kept, setKept] = useState(keptDraft);
  const [chosen, setChosen] = useState<ReadyData | null>(null);
  const asked = { dataset: search.get("dataset") ?? "", version: search.get("version") ?? "" };
  const place = asked.dataset ? asked : (kept ?? asked);
  const linked = useLinked(place.dataset, place.version);
  const data = chosen ?? linked;
  const source = useMemo(
    () => data && { dataset: data.version.dataset_id, version: data.version.id },
    [data],
  );
  const drop = () => {
    keepDraft(null);
    setKept(null);
    setChosen(null);
    setSearch({}, { replace: true });
  };
  if (!data || !source) {
    return (
      <WithAside soon aside={<></>}>
        <DataSection onReady={setChosen} />
      </WithAside>
    );
  }
  const isDraft = kept?.version === source.version;
  const first = isDraft ? kept.spec : firstSpec(data, catalogue, tasks);
  if (!first) return <Empty title={t("newJob.noArchitectureServesThis")} />;
  return (
    <>
      {isDraft && (
        <Group gap="sm">
          <Text size="sm" c="dimmed" role="status">
            {t("newJob.draftKept")}
          </Text>
          <Button size="compact-xs" variant="default" onClick={drop}>
            {t("newJob.startAnew")}
          </Button>
        </Group>
      )}
      <SpecEditor
        key={source.version}
        first={first}
        rows={data.version.rows ?? 0}
        source={source}
        architectures={catalogue}
        onChangeData={drop}
        data={<Profile version={data.version} />}
      />
    </>
  );
}
