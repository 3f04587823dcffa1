import { Button, Group, Loader, Progress, Select, Stack, Text, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { asProblem } from "../../api/problem.ts";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { DATA_FILES, kindOf, TASK_WORDS, taskFor, TASKS, type Task } from "../../words/tasks.ts";
import { FileDrop } from "./FileDrop.tsx";
import { columnsOf } from "./header.ts";
import { Profile } from "./Profile.tsx";
import { type ReadyData, useVersion } from "./queries.ts";
import { ColumnFields } from "./ColumnFields.tsx";
import { isComplete, likelyColumns, NO_COLUMNS, optionsOf } from "./columns.ts";
import { useUpload } from "./upload.ts";
import { t } from "../../i18n/index.ts";

const TASK_CHOICES = TASKS.map((task) => ({ value: task, label: TASK_WORDS[task].label }));

const withoutExtension = (name: string) => name.replace(/(\.tar)?\.[^.]+$/, "");

/** Chooses a file and what to learn from it, uploads it, and waits until it has been checked. */
export function UploadData({ onReady }: { onReady: (data: ReadyData) => void }) {
  const [task, setTask] = useState<Task>("image_classification");
  const [taskNote, setTaskNote] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [name, setName] = useState("");
  const [choice, setChoice] = useState(NO_COLUMNS);
  const [columns, setColumns] = useState<string[]>([]);
  const upload = useUpload();
  const sent = upload.data;
  const version = useVersion(sent?.dataset_id ?? "", sent?.id ?? "");

  useEffect(() => {
    if (version.data?.state === "ready") onReady({ version: version.data, datasetName: name, task });
  }, [version.data, name, task, onReady]);

  const chooseTask = (chosen: Task, note: string) => {
    upload.reset();
    setTask(chosen);
    setTaskNote(note);
  };

  const choose = async (chosen: File) => {
    const kind = kindOf(chosen.name);
    const fitting = taskFor(task, kind);
    const switched = kind && fitting !== task;
    chooseTask(
      fitting,
      switched ? t("data.whatToLearnWas", { name: kind.name, label: TASK_WORDS[fitting].label }) : "",
    );
    setFile(chosen);
    setName(withoutExtension(chosen.name));
    const found = await columnsOf(chosen);
    setColumns(found);
    setChoice(likelyColumns(found));
  };

  const problem = upload.isError ? asProblem(upload.error) : undefined;
  const rejected = version.data?.state === "rejected";
  const checking = version.data?.state === "validating";
  const ready = file !== null && name.trim() !== "" && isComplete(task, file.name, choice);
  return (
    <Stack gap="md">
      <Select
        label={t("data.whatToLearn")}
        data={TASK_CHOICES}
        value={task}
        onChange={(value) => value && chooseTask(value, "")}
        allowDeselect={false}
        disabled={upload.isPending || checking}
      />
      {taskNote && (
        <Text size="xs" c="dimmed" role="status">
          {taskNote}
        </Text>
      )}
      <FileDrop
        accept={DATA_FILES}
        hint={t("data.expected", { files: TASK_WORDS[task].files })}
        file={file}
        onChoose={(chosen) => void choose(chosen)}
      />
      {file && (
        <Group grow align="flex-start" preventGrowOverflow={false}>
          <TextInput
            label={t("data.datasetName")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={problem?.field("name")}
          />
          <ColumnFields
            task={task}
            filename={file.name}
            columns={columns}
            choice={choice}
            onChange={setChoice}
            problem={problem}
          />
        </Group>
      )}
      {upload.isPending && <Sending fraction={upload.progress} onStop={upload.stop} />}
      {checking && (
        <Group gap="sm" role="status">
          <Loader size="xs" aria-hidden />
          <Text size="sm">{t("data.checkingTheFileLarge")}</Text>
        </Group>
      )}
      {problem && <ProblemAlert error={problem} />}
      {version.isError && <ProblemAlert error={version.error} onRetry={() => void version.refetch()} />}
      {version.data && <Profile version={version.data} />}
      {rejected && (
        <Text size="sm" c="dimmed">
          {t("data.chooseAnotherFileOr")}
        </Text>
      )}
      {!upload.isPending && !checking && (
        <Button
          w="fit-content"
          disabled={!ready}
          onClick={() =>
            file &&
            upload.mutate({ name: name.trim(), task, options: optionsOf(task, file.name, choice), file })
          }
        >
          {rejected ? t("data.uploadAgain") : t("data.uploadAndCheck")}
        </Button>
      )}
    </Stack>
  );
}

function Sending({ fraction, onStop }: { fraction: number; onStop: () => void }) {
  const percent = Math.floor(fraction * 100);
  return (
    <Group gap="sm" wrap="nowrap">
      <Progress value={percent} flex={1} aria-label={t("data.uploadProgress")} />
      <Text size="sm" className="number" w={48}>
        {percent} %
      </Text>
      <Button size="compact-sm" variant="default" onClick={onStop}>
        {t("data.stop")}
      </Button>
    </Group>
  );
}
