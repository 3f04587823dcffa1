import { Button, Grid, Stack, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useNavigate } from "react-router";
import { asProblem } from "../../api/problem.ts";
import { Empty } from "../../components/Empty.tsx";
import { Section } from "../../components/Section.tsx";
import { Profile } from "../datasets/Profile.tsx";
import { ArchitectureSection } from "./ArchitectureSection.tsx";
import { type Architecture, DEFAULT_TRAINING, type Draft, mostSlots, specOf } from "./draft.ts";
import { usePools, useQuote, useSubmit } from "./queries.ts";
import { QuotePanel } from "./QuotePanel.tsx";
import { TrainingSection } from "./TrainingSection.tsx";
import { paths } from "../../app/paths.ts";
import type { ReadyData } from "../datasets/queries.ts";
import { t } from "../../i18n/index.ts";

const QUOTE_DELAY_MS = 350;

interface Props {
  data: ReadyData;
  architectures: Architecture[];
  onChangeData: () => void;
}

export function JobForm({ data, architectures, onChangeData }: Props) {
  const [first] = architectures;
  if (!first) return <Empty title={t("newJob.noArchitectureServesThis")} />;
  return <FilledForm data={data} architectures={architectures} first={first} onChangeData={onChangeData} />;
}

function firstDraft(data: ReadyData, architecture: Architecture): Draft {
  return {
    name: `${data.datasetName}-${architecture.name}`,
    datasetVersion: data.version.id,
    task: data.task,
    architecture,
    hyperparameters: architecture.defaults,
    training: DEFAULT_TRAINING,
    slots: 1,
    maxCost: "",
  };
}

function FilledForm({ data, architectures, first, onChangeData }: Props & { first: Architecture }) {
  const [draft, setDraft] = useState<Draft>(() => firstDraft(data, first));
  const change = (changes: Partial<Draft>) => setDraft((old) => ({ ...old, ...changes }));
  const spec = specOf(draft);
  const [settled] = useDebouncedValue(spec, QUOTE_DELAY_MS);
  const quote = useQuote(settled, settled.name !== "");
  const submit = useSubmit();
  const pools = usePools();
  const navigate = useNavigate();

  const refusal = submit.error ?? quote.error;
  const errorOf = (field: string) => (refusal ? asProblem(refusal).field(field) : undefined);
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, md: 8 }}>
        <Stack gap="lg">
          <Section
            title={t("newJob.n1Data")}
            aside={
              <Button variant="default" size="compact-sm" onClick={onChangeData}>
                {t("newJob.useOtherData")}
              </Button>
            }
          >
            <Profile version={data.version} />
          </Section>
          <ArchitectureSection
            architectures={architectures}
            draft={draft}
            onChange={change}
            errorOf={errorOf}
          />
          <TrainingSection
            draft={draft}
            mostSlots={mostSlots(pools.data ?? [])}
            onChange={change}
            errorOf={errorOf}
          />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 4 }}>
        <QuotePanel
          quote={quote}
          submit={submit}
          onSubmit={() => submit.mutate(spec, { onSuccess: (job) => void navigate(paths.job(job.id)) })}
        >
          <TextInput
            label={t("newJob.jobName")}
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
            error={draft.name.trim() ? errorOf("name") : t("newJob.giveTheJobA")}
          />
          <TextInput
            label={t("newJob.spendAtMost")}
            description={t("newJob.trainingStopsWithA")}
            placeholder={t("newJob.noCapOfYour")}
            inputMode="decimal"
            value={draft.maxCost}
            onChange={(event) => change({ maxCost: event.currentTarget.value })}
            error={errorOf("limits.max_cost")}
          />
        </QuotePanel>
      </Grid.Col>
    </Grid>
  );
}
