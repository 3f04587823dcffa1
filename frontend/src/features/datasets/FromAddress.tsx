import { Button, Group, Stack, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { asProblem } from "../../api/problem.ts";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { t } from "../../i18n/index.ts";
import { kindOf, taskFor, type Task } from "../../words/tasks.ts";
import { ColumnFields } from "./ColumnFields.tsx";
import { type ColumnChoice, isComplete, NO_COLUMNS, optionsOf } from "./columns.ts";
import { Fetching } from "./Fetching.tsx";
import { filenameOf, useBeginImport } from "./imports.ts";
import { CheckedVersion } from "./CheckedVersion.tsx";
import { type DatasetDetail, type ReadyData, useVersion } from "./queries.ts";
import { Rejected } from "./Rejected.tsx";
import { TaskField } from "./TaskField.tsx";

interface Props {
  /** The dataset that the file is the next version of; without it, a new one is made. */
  dataset?: DatasetDetail;
  onReady: (data: ReadyData) => void;
}

const SCHEME = "https://";

const withoutExtension = (name: string) => name.replace(/(\.tar)?\.[^.]+$/, "");

/** Has the service fetch a file from an address, and waits until it has been checked. */
export function FromAddress({ dataset, onReady }: Props) {
  const [url, setUrl] = useState("");
  const [named, setNamed] = useState<string | null>(null);
  const [task, setTask] = useState<Task>(dataset?.task ?? "tabular_classification");
  const [choice, setChoice] = useState<ColumnChoice>(NO_COLUMNS);
  const [versionId, setVersionId] = useState("");
  const begin = useBeginImport();
  const filename = filenameOf(url);
  const name = named ?? withoutExtension(filename);
  const version = useVersion(begin.data?.dataset_id ?? "", versionId);
  const datasetName = dataset?.name ?? name;

  useEffect(() => {
    if (version.data?.state === "ready") onReady({ version: version.data, datasetName, task });
  }, [version.data, datasetName, task, onReady]);

  const typeAddress = (typed: string) => {
    begin.reset();
    setVersionId("");
    setUrl(typed);
    if (!dataset) setTask((old) => taskFor(old, kindOf(filenameOf(typed))));
  };
  const fetchIt = () => {
    setVersionId("");
    const options = optionsOf(task, filename, choice);
    begin.mutate({
      into: dataset ? { dataset: dataset.id } : { name: name.trim(), task, options },
      url: url.trim(),
    });
  };

  const problem = begin.isError ? asProblem(begin.error) : undefined;
  const ready =
    filename !== "" && (dataset !== undefined || (name.trim() !== "" && isComplete(task, filename, choice)));
  const rejected = version.data?.state === "rejected" ? version.data : undefined;
  return (
    <Stack gap="md">
      <TextInput
        label={t("data.address")}
        description={t("data.addressHelp")}
        placeholder={SCHEME}
        type="url"
        value={url}
        onChange={(event) => typeAddress(event.currentTarget.value)}
        error={problem?.field("url")}
      />
      {filename && !dataset && (
        <>
          <TaskField task={task} isDetected={false} busy={begin.isPending} onChange={setTask} />
          <TextInput
            label={t("data.datasetName")}
            value={name}
            onChange={(event) => setNamed(event.currentTarget.value)}
            error={problem?.field("name")}
          />
          <Group grow align="flex-start" preventGrowOverflow={false}>
            <ColumnFields
              task={task}
              filename={filename}
              columns={[]}
              choice={choice}
              onChange={setChoice}
              problem={problem}
            />
          </Group>
        </>
      )}
      {begin.data && <Fetching key={begin.data.id} begun={begin.data} onFetched={setVersionId} />}
      {problem && <ProblemAlert error={problem} />}
      <CheckedVersion version={version} />
      {rejected && (
        <Rejected version={rejected} task={task} onTask={undefined} onDiscarded={() => typeAddress("")} />
      )}
      <Button w="fit-content" disabled={!ready} loading={begin.isPending} onClick={fetchIt}>
        {t("data.fetchAndCheck")}
      </Button>
    </Stack>
  );
}
