import { Button, Group, Stack, TextInput } from "@mantine/core";
import { lazy, Suspense, useEffect, useState } from "react";
import { asProblem } from "../../api/problem.ts";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { t } from "../../i18n/index.ts";
import { DATA_FILES, type Task } from "../../words/tasks.ts";
import { isComplete, optionsOf } from "./columns.ts";
import { FileDrop } from "./FileDrop.tsx";
import { CheckedVersion } from "./CheckedVersion.tsx";
import { type DatasetDetail, type ReadyData, useVersion } from "./queries.ts";
import { Rejected } from "./Rejected.tsx";
import { Sending } from "./Sending.tsx";
import { TaskField } from "./TaskField.tsx";
import { useUpload } from "./upload.ts";
import { useFileChoice } from "./useFileChoice.ts";

/** Loaded with the first file that is chosen. */
const ColumnFields = lazy(async () => ({ default: (await import("./ColumnFields.tsx")).ColumnFields }));

const withoutExtension = (name: string) => name.replace(/(\.tar)?\.[^.]+$/, "");

interface Props {
  /** The dataset that the file is the next version of; without it, a new one is made. */
  dataset?: DatasetDetail;
  onReady: (data: ReadyData) => void;
}

/** Chooses a file, says what it is for, uploads it, and waits until it has been checked. */
export function UploadData({ dataset, onReady }: Props) {
  const chosen = useFileChoice(dataset?.task);
  const { file, task, choice, head } = chosen;
  const [name, setName] = useState("");
  const upload = useUpload();
  const sent = upload.data;
  const version = useVersion(sent?.dataset_id ?? "", sent?.id ?? "");
  const datasetName = dataset?.name ?? name;

  useEffect(() => {
    if (version.data?.state === "ready") onReady({ version: version.data, datasetName, task });
  }, [version.data, datasetName, task, onReady]);

  const choose = async (picked: File) => {
    upload.reset();
    setName(withoutExtension(picked.name));
    await chosen.choose(picked);
  };
  const setTask = (next: Task) => {
    upload.reset();
    chosen.setTask(next);
  };
  const send = () => {
    if (!file) return;
    const options = optionsOf(task, file.name, choice);
    upload.mutate({ into: dataset ? { dataset: dataset.id } : { name: name.trim(), task, options }, file });
  };

  const problem = upload.isError ? asProblem(upload.error) : undefined;
  const checking = version.data?.state === "validating";
  const busy = upload.isPending || checking;
  const ready =
    file !== null && (dataset !== undefined || (name.trim() !== "" && isComplete(task, file.name, choice)));
  const rejected = version.data?.state === "rejected" ? version.data : undefined;
  return (
    <Stack gap="md">
      <FileDrop
        accept={DATA_FILES}
        hint={dataset ? t("data.expected", { files: t(`data.filesFor.${task}`) }) : t("data.anyData")}
        file={file}
        onChoose={(picked) => void choose(picked)}
      />
      {file && !dataset && (
        <>
          <TaskField task={task} isDetected={chosen.isDetected} busy={busy} onChange={setTask} />
          <TextInput
            label={t("data.datasetName")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={problem?.field("name")}
          />
          <Group grow align="flex-start" preventGrowOverflow={false}>
            <Suspense>
              <ColumnFields
                task={task}
                filename={file.name}
                columns={head.columns}
                choice={choice}
                onChange={chosen.setChoice}
                problem={problem}
              />
            </Suspense>
          </Group>
        </>
      )}
      {upload.isPending && <Sending upload={upload} size={file?.size ?? 0} />}
      {problem && <ProblemAlert error={problem} />}
      <CheckedVersion version={version} />
      {rejected && (
        <Rejected
          version={rejected}
          task={task}
          onTask={dataset ? undefined : setTask}
          onDiscarded={() => upload.reset()}
        />
      )}
      {!busy && (
        <Button w="fit-content" disabled={!ready} onClick={send}>
          {rejected ? t("data.uploadAgain") : t("data.uploadAndCheck")}
        </Button>
      )}
    </Stack>
  );
}
