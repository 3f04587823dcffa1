import { Text } from "@mantine/core";
import { LazySelect } from "../../components/LazySelect.tsx";
import { t } from "../../i18n/index.ts";
import { TASK_WORDS, TASKS, type Task } from "../../words/tasks.ts";

const TASK_CHOICES = TASKS.map((task) => ({ value: task, label: TASK_WORDS[task].label }));

interface Props {
  task: Task;
  isDetected: boolean;
  busy: boolean;
  onChange: (task: Task) => void;
}

/** What to learn from a file. */
export function TaskField({ task, isDetected, busy, onChange }: Props) {
  return (
    <div>
      <LazySelect
        label={t("data.whatToLearn")}
        data={TASK_CHOICES}
        value={task}
        onChange={(value) => value && onChange(value)}
        allowDeselect={false}
        disabled={busy}
      />
      <Text size="xs" c="dimmed" mt={4} role="status">
        {isDetected && t("data.detected")}
      </Text>
    </div>
  );
}
