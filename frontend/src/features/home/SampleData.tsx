import { Group, SimpleGrid, Stack, Text, UnstyledButton } from "@mantine/core";
import {
  IconChartLine,
  IconMessage2,
  IconPhoto,
  IconTable,
  IconWaveSine,
  type TablerIcon,
} from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { paths } from "../../app/paths.ts";
import { Loaded } from "../../components/Loaded.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { knownText, t } from "../../i18n/index.ts";
import { type Task, TASK_WORDS } from "../../words/tasks.ts";
import { type Sample, useSamples, useTakeSample } from "../datasets/samples.ts";
import classes from "./SampleData.module.css";

const ICONS: Partial<Record<Task, TablerIcon>> = {
  image_classification: IconPhoto,
  tabular_classification: IconTable,
  text_classification: IconMessage2,
  time_series_forecasting: IconChartLine,
  audio_classification: IconWaveSine,
};

/** Data for somebody who has none at hand: one click, and the form of a new job is filled in. */
export function SampleData() {
  const samples = useSamples();
  const take = useTakeSample();
  const navigate = useNavigate();
  const [chosen, choose] = useState("");
  const start = (sample: Sample) => {
    choose(sample.name);
    take.mutate(sample.name, {
      onSuccess: (version) => void navigate(paths.trainOn(version.dataset_id, version.id)),
    });
  };
  return (
    <Loaded query={samples}>
      {({ data }) => (
        <Stack gap="sm">
          <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }} spacing="sm">
            {data.map((sample) => (
              <SampleCard
                key={sample.name}
                sample={sample}
                busy={take.isPending && chosen === sample.name}
                disabled={take.isPending}
                onChoose={() => start(sample)}
              />
            ))}
          </SimpleGrid>
          <div role="status">
            {take.isPending && (
              <Text size="sm" c="dimmed">
                {t("home.preparingSample")}
              </Text>
            )}
          </div>
          {take.isError && <ProblemAlert error={take.error} />}
        </Stack>
      )}
    </Loaded>
  );
}

interface CardProps {
  sample: Sample;
  busy: boolean;
  disabled: boolean;
  onChoose: () => void;
}

function SampleCard({ sample, busy, disabled, onChoose }: CardProps) {
  const Icon = ICONS[sample.task] ?? IconTable;
  return (
    <UnstyledButton className={classes.card} onClick={onChoose} disabled={disabled} aria-busy={busy}>
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <Icon size={22} stroke={1.5} aria-hidden className={classes.icon} />
        <Stack gap={2} miw={0}>
          <Text size="sm" fw={600}>
            {knownText(`dataTerms.samples.${sample.name}.title`) ?? sample.title}
          </Text>
          <Text size="xs" c="dimmed">
            {knownText(`dataTerms.samples.${sample.name}.summary`) ?? sample.summary}
          </Text>
          <Text size="xs" c="dimmed">
            {TASK_WORDS[sample.task].label}
          </Text>
        </Stack>
      </Group>
    </UnstyledButton>
  );
}
