import { Alert, Button, Group, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import type { Schemas } from "../../api/client.ts";
import { asProblem } from "../../api/problem.ts";
import { paths } from "../../app/paths.ts";
import { Section } from "../../components/Section.tsx";
import { valueIn, withValue } from "../../components/schema/tree.ts";
import { t } from "../../i18n/index.ts";
import { AdvancedSection } from "./AdvancedSection.tsx";
import { type Architecture, ModelSection } from "./ModelSection.tsx";
import { type Preset, type PresetChoice, recommended, withPreset } from "./presets.ts";
import { usePools, useQuote, useSubmit, useTasks } from "./queries.ts";
import { QuotePanel } from "./QuotePanel.tsx";
import { asRequest, keepDraft, readAmount, type Spec } from "./spec.ts";
import { SpecJson } from "./SpecJson.tsx";
import { LazySelect } from "../../components/LazySelect.tsx";
import { WithAside } from "../../components/WithAside.tsx";

const QUOTE_DELAY_MS = 350;

interface Props {
  first: Spec;
  rows: number;
  /** What the draft is kept by; nothing is kept of a clone. */
  source: { dataset: string; version: string } | null;
  architectures: readonly Architecture[];
  data: ReactNode;
  note?: string | undefined;
  onChangeData: () => void;
}

const textIn = (spec: Spec, path: string[]) => {
  const value = valueIn(spec, path);
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
};

/** The whole of a new job: its spec in a form and as text, what it would cost, and the button that starts it. */
export function SpecEditor({ first, rows, source, architectures, data, note, onChangeData }: Props) {
  const [spec, setSpec] = useState(first);
  const [preset, setPreset] = useState<Preset | null>("balanced");
  const task = textIn(spec, ["task"]) as Schemas["Task"];
  const served = useMemo(
    () => architectures.filter(({ tasks }) => tasks.includes(task)),
    [architectures, task],
  );
  const tasks = useTasks().data;
  const recommendation = recommended(
    tasks?.find((each) => each.name === task),
    rows,
    served.map(({ name }) => name),
  );
  const request = useMemo(() => asRequest(spec), [spec]);
  const [settled] = useDebouncedValue(request, QUOTE_DELAY_MS);
  const name = textIn(spec, ["name"]).trim();
  const quote = useQuote(settled, name !== "");
  const submit = useSubmit();
  const navigate = useNavigate();
  useEffect(() => {
    if (source) keepDraft({ spec, ...source });
  }, [spec, source]);

  const refusal = submit.error ?? quote.error;
  const errorOf = (path: string) => (refusal ? asProblem(refusal).field(path) : undefined);
  const change = (next: Spec) => {
    submit.reset();
    setSpec(next);
  };
  const choose = (architecture: Architecture) => {
    const before = textIn(spec, ["architecture", "name"]);
    const own = name.endsWith(`-${before}`) ? `${name.slice(0, -before.length)}${architecture.name}` : name;
    change({ ...spec, name: own, architecture: { name: architecture.name } });
  };
  const apply = (choice: PresetChoice) => {
    setPreset(choice.name);
    change(withPreset(spec, choice));
  };
  const submitNow = () =>
    submit.mutate(request, {
      onSuccess: (job) => {
        keepDraft(null);
        void navigate(paths.job(job.id));
      },
    });
  return (
    <WithAside
      soon
      aside={
        <QuotePanel
          quote={quote}
          outdated={settled !== request}
          submit={submit}
          onSubmit={submitNow}
          onCap={(amount) => change(withValue(spec, ["limits", "max_cost"], amount))}
        >
          <TextInput
            label={t("newJob.jobName")}
            value={textIn(spec, ["name"])}
            onChange={(event) => change({ ...spec, name: event.currentTarget.value })}
            error={name ? errorOf("name") : t("newJob.giveTheJobA")}
          />
          <Pool spec={spec} onChange={change} error={errorOf("resources.pool")} />
          <Cap spec={spec} onChange={change} error={errorOf("limits.max_cost")} />
          <SpecJson spec={spec} onChange={change} />
        </QuotePanel>
      }
    >
      {note && <Alert color="blue">{note}</Alert>}
      <Section
        title={t("newJob.n1Data")}
        aside={
          <Button variant="default" size="compact-sm" onClick={onChangeData}>
            {t("newJob.useOtherData")}
          </Button>
        }
      >
        {data}
      </Section>
      <ModelSection
        architectures={served}
        recommendation={recommendation}
        spec={spec}
        presets={quote.data?.presets ?? []}
        preset={preset}
        onArchitecture={choose}
        onPreset={apply}
        onChange={(next) => {
          setPreset(null);
          change(next);
        }}
        errorOf={errorOf}
      />
      <AdvancedSection spec={spec} onChange={change} errorOf={errorOf} />
    </WithAside>
  );
}

interface InputProps {
  spec: Spec;
  onChange: (spec: Spec) => void;
  error: string | undefined;
}

const DEFAULT_POOL = "default";

function Pool({ spec, onChange, error }: InputProps) {
  const pools = usePools().data ?? [];
  if (pools.length < 2) return null;
  return (
    <LazySelect
      label={t("newJob.pool")}
      data={pools.map(({ pool, price }) => ({
        value: pool,
        label: price ? t("newJob.poolPrice", { pool, price: price.per_slot_second }) : pool,
      }))}
      value={textIn(spec, ["resources", "pool"]) || DEFAULT_POOL}
      onChange={(pool) =>
        onChange(withValue(spec, ["resources", "pool"], pool === DEFAULT_POOL ? undefined : pool))
      }
      allowDeselect={false}
      error={error}
    />
  );
}

function Cap({ spec, onChange, error }: InputProps) {
  const text = textIn(spec, ["limits", "max_cost"]);
  const wrong = text.trim() !== "" && readAmount(text) === null;
  return (
    <Group gap={0}>
      <TextInput
        w="100%"
        label={t("newJob.spendAtMost")}
        description={t("newJob.trainingStopsWithA")}
        placeholder={t("newJob.noCapOfYour")}
        inputMode="decimal"
        value={text}
        onChange={(event) => {
          const entered = event.currentTarget.value;
          onChange(withValue(spec, ["limits", "max_cost"], entered.trim() ? entered : undefined));
        }}
        error={wrong ? t("newJob.amountLike") : error}
      />
      {text.includes(",") && !wrong && (
        <Text size="xs" c="dimmed">
          {t("newJob.readAs", { amount: readAmount(text) ?? "" })}
        </Text>
      )}
    </Group>
  );
}
