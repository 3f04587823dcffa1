import { Badge, Button, Radio, SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "../../api/client.ts";
import { Section } from "../../components/Section.tsx";
import { nodesOf, type Node, valueIn } from "../../components/schema/tree.ts";
import { TreeForm } from "../../components/schema/TreeForm.tsx";
import { t } from "../../i18n/index.ts";
import classes from "./ArchitectureSection.module.css";
import type { Preset, PresetChoice, Recommendation } from "./presets.ts";
import type { Spec } from "./spec.ts";

export type Architecture = Schemas["Architecture"];

interface Props {
  architectures: readonly Architecture[];
  recommendation: Recommendation | null;
  spec: Spec;
  /** What the quote offers; none until it has come. */
  presets: readonly PresetChoice[];
  preset: Preset | null;
  onArchitecture: (architecture: Architecture) => void;
  onPreset: (choice: PresetChoice) => void;
  onChange: (spec: Spec) => void;
  errorOf: (path: string) => string | undefined;
}

const PRESET_WORDS: Record<Preset, string> = {
  fast: t("newJob.fast"),
  balanced: t("newJob.balanced"),
  best: t("newJob.best"),
};
const PRESETS = Object.keys(PRESET_WORDS) as Preset[];
const SHOWN_AT_FIRST = 4;

/** The architecture, the recommended one first, and how long it trains. */
export function ModelSection(props: Props) {
  const {
    architectures,
    recommendation,
    spec,
    presets,
    preset,
    onArchitecture,
    onPreset,
    onChange,
    errorOf,
  } = props;
  const chosen = String(valueIn(spec, ["architecture", "name"]));
  const first = architectures.filter(({ name }) => name === recommendation?.architecture);
  const ordered = [...first, ...architectures.filter((entry) => !first.includes(entry))];
  const [all, setAll] = useState(false);
  const shown = all
    ? ordered
    : ordered.filter(({ name }, place) => place < SHOWN_AT_FIRST || name === chosen);
  const choose = (name: string) => {
    const found = architectures.find((entry) => entry.name === name);
    if (found) onArchitecture(found);
  };
  return (
    <Section title={t("newJob.n2Model")}>
      <Stack gap="lg">
        <Radio.Group value={chosen} onChange={choose} aria-label={t("newJob.architecture")}>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            {shown.map(({ name, title, summary }) => (
              <Radio.Card key={name} value={name} className={classes.card} aria-label={title}>
                <Radio.Indicator />
                <div>
                  <Text size="sm" fw={600}>
                    {title}{" "}
                    {name === recommendation?.architecture && (
                      <Badge size="sm">{t("newJob.recommended")}</Badge>
                    )}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {name === recommendation?.architecture ? `${recommendation.why} ${summary}` : summary}
                  </Text>
                </div>
              </Radio.Card>
            ))}
          </SimpleGrid>
        </Radio.Group>
        {shown.length < ordered.length && (
          <Button variant="subtle" size="compact-sm" w="fit-content" onClick={() => setAll(true)}>
            {t("newJob.allArchitectures", { number: ordered.length })}
          </Button>
        )}
        <Stack gap={4}>
          <Text size="sm" fw={500} id="preset">
            {t("newJob.howLong")}
          </Text>
          <SegmentedControl
            aria-labelledby="preset"
            w="fit-content"
            data={PRESETS.map((value) => ({ value, label: PRESET_WORDS[value] }))}
            value={preset ?? ""}
            disabled={presets.length === 0}
            onChange={(value) => {
              const choice = presets.find(({ name }) => name === value);
              if (choice) onPreset(choice);
            }}
          />
        </Stack>
        <TreeForm nodes={BASIC} path={["training"]} value={spec} onChange={onChange} errorOf={errorOf} />
      </Stack>
    </Section>
  );
}

const BASIC_LABELS: Record<string, string> = {
  epochs: t("newJob.epochs"),
  batch_size: t("newJob.batchSize"),
};

/** What most people look at; the same fields stand among all others, too. */
const BASIC: Node[] = nodesOf({
  properties: {
    epochs: {
      description: t("newJob.passesOverTheTraining"),
      oneOf: [{ type: "integer", minimum: 1 }, { const: "auto" }],
    },
    batch_size: {
      description: t("newJob.rowsPerOptimizerStep"),
      oneOf: [{ type: "integer", minimum: 1 }, { const: "auto" }],
    },
  },
}).map((node) => ({ ...node, label: BASIC_LABELS[node.name] ?? node.label }));
