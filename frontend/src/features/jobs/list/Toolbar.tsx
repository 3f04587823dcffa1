import { ActionIcon, Button, Checkbox, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconBookmark, IconColumns, IconSearch, IconTrash } from "@tabler/icons-react";
import { type SubmitEvent, useState } from "react";
import { formatCount } from "../../../format/number.ts";
import { t } from "../../../i18n/index.ts";
import { isJobState, JOB_STATES, STATE_WORDS } from "../../../words/jobs.ts";
import { TASK_WORDS } from "../../../words/tasks.ts";
import type { Job } from "../queries.ts";
import { columnWords } from "./columns.tsx";
import { LazyPopover } from "../../../components/LazyPopover.tsx";
import { type SavedView, useSavedViews } from "./savedViews.ts";
import { FIXED_COLUMNS, type JobView, metricColumns, searchOf } from "./view.ts";
import { LazyMultiSelect, LazySelect } from "../../../components/LazySelect.tsx";

interface Props {
  view: JobView;
  jobs: readonly Job[];
  total: number | null;
  onChange: (changes: Partial<JobView>) => void;
  onOpen: (saved: SavedView) => void;
}

export function Toolbar({ view, jobs, total, onChange, onOpen }: Props) {
  return (
    <Group gap="xs" align="flex-end">
      <TextInput
        size="xs"
        w={{ base: "100%", xs: 200 }}
        leftSection={<IconSearch size={14} aria-hidden />}
        aria-label={t("jobs.search")}
        placeholder={t("jobs.search")}
        value={view.search}
        onChange={(event) => onChange({ search: event.currentTarget.value })}
      />
      <LazyMultiSelect
        size="xs"
        w={{ base: "100%", xs: 210 }}
        aria-label={t("jobs.state")}
        placeholder={view.states.length > 0 ? "" : t("jobs.anyState")}
        data={JOB_STATES.map((value) => ({ value, label: STATE_WORDS[value].label }))}
        value={view.states}
        onChange={(states) => onChange({ states: states.filter(isJobState) })}
        clearable
        clearButtonProps={{ "aria-label": t("jobs.anyState") }}
      />
      <LazySelect
        size="xs"
        w={{ base: "100%", xs: 190 }}
        aria-label={t("jobs.task")}
        placeholder={t("jobs.anyTask")}
        data={Object.entries(TASK_WORDS).map(([value, { label }]) => ({ value, label }))}
        value={view.task || null}
        onChange={(task) => onChange({ task: task ?? "" })}
        clearable
        clearButtonProps={{ "aria-label": t("jobs.anyTask") }}
      />
      <Columns view={view} jobs={jobs} onChange={onChange} />
      <Views view={view} onOpen={onOpen} />
      {total !== null && (
        <Text size="sm" c="dimmed" ml="auto" className="figures" role="status">
          {t("jobs.inAll", { total: formatCount(total) })}
        </Text>
      )}
    </Group>
  );
}

function Columns({ view, jobs, onChange }: Pick<Props, "view" | "jobs" | "onChange">) {
  const all = [...new Set([...FIXED_COLUMNS, ...view.columns, ...metricColumns(jobs)])];
  return (
    <LazyPopover
      label={t("jobs.columns")}
      mah={420}
      target={(button) => (
        <Button
          {...button}
          size="xs"
          variant="default"
          visibleFrom="sm"
          leftSection={<IconColumns size={14} aria-hidden />}
        >
          {t("jobs.columns")}
        </Button>
      )}
    >
      <Checkbox.Group value={view.columns} onChange={(columns) => onChange({ columns })}>
        <Stack gap={8}>
          {all.map((column) => {
            const words = columnWords(column);
            return words && <Checkbox key={column} size="xs" value={column} label={words.label} />;
          })}
        </Stack>
      </Checkbox.Group>
    </LazyPopover>
  );
}

function Views({ view, onOpen }: Pick<Props, "view" | "onOpen">) {
  const { views, save, remove } = useSavedViews();
  const [name, setName] = useState("");
  const keep = (event: SubmitEvent) => {
    event.preventDefault();
    if (name.trim()) save({ name: name.trim(), search: searchOf(view).toString() });
    setName("");
  };
  return (
    <LazyPopover
      label={t("jobs.views")}
      p={6}
      target={(button) => (
        <Button {...button} size="xs" variant="default" leftSection={<IconBookmark size={14} aria-hidden />}>
          {t("jobs.views")}
        </Button>
      )}
    >
      {views.map((saved) => (
        <Group key={saved.name} gap={0} wrap="nowrap">
          <Button size="xs" variant="subtle" flex={1} justify="flex-start" onClick={() => onOpen(saved)}>
            {saved.name}
          </Button>
          <ActionIcon
            variant="subtle"
            color="gray"
            onClick={() => remove(saved.name)}
            aria-label={t("jobs.removeView", { name: saved.name })}
          >
            <IconTrash size={14} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      <form onSubmit={keep}>
        <Group gap={6} p={6} wrap="nowrap">
          <TextInput
            size="xs"
            aria-label={t("jobs.nameOfView")}
            placeholder={t("jobs.nameOfView")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button size="xs" type="submit" variant="light">
            {t("jobs.saveView")}
          </Button>
        </Group>
      </form>
    </LazyPopover>
  );
}
