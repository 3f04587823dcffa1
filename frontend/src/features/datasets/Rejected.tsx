import { Button, Group, Stack, Text } from "@mantine/core";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { t } from "../../i18n/index.ts";
import { type Task, TASK_WORDS } from "../../words/tasks.ts";
import { looksLikeNumbers } from "./foldedProblems.ts";
import { type DatasetVersion, useDataset, useDeleteDataset } from "./queries.ts";

const NUMBERS_INSTEAD: Partial<Record<Task, Task>> = {
  tabular_classification: "tabular_regression",
  image_classification: "image_regression",
  text_classification: "text_regression",
};

interface Props {
  version: DatasetVersion;
  task: Task;
  /** Sets what to learn; not of a dataset that is there already. */
  onTask: ((task: Task) => void) | undefined;
  onDiscarded: () => void;
}

/** What can be done about a file that was rejected: another task that fits it, another file, or let it go. */
export function Rejected({ version, task, onTask, onDiscarded }: Props) {
  const dataset = useDataset(version.dataset_id).data;
  const remove = useDeleteDataset();
  const instead = looksLikeNumbers(version.problems) ? NUMBERS_INSTEAD[task] : undefined;
  const isAlone = dataset?.versions.every(({ state }) => state === "rejected") ?? false;
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        {t("data.chooseAnotherFileOr")}
      </Text>
      <Group gap="xs">
        {instead && onTask && (
          <Button size="compact-sm" variant="light" onClick={() => onTask(instead)}>
            {t("data.learnInstead", { task: TASK_WORDS[instead].label })}
          </Button>
        )}
        {isAlone && (
          <Button
            size="compact-sm"
            variant="default"
            loading={remove.isPending}
            onClick={() => remove.mutate(version.dataset_id, { onSuccess: onDiscarded })}
          >
            {t("data.discard")}
          </Button>
        )}
      </Group>
      {remove.isError && <ProblemAlert error={remove.error} />}
    </Stack>
  );
}
