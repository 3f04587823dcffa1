import { NumberInput, Select, SimpleGrid } from "@mantine/core";
import { Section } from "../../components/Section.tsx";
import type { SectionProps } from "./ArchitectureSection.tsx";
import { LEARNING_RATES, type NumberField, type OptimizerName, OPTIMIZERS, type Training } from "./draft.ts";
import { t } from "../../i18n/index.ts";

const OPTIMIZER_WORDS: Record<OptimizerName, string> = {
  adamw: "AdamW",
  adam: "Adam",
  sgd: t("newJob.sgdWithMomentum"),
  rmsprop: "RMSprop",
  adagrad: "Adagrad",
};

const asField = (value: number | string): NumberField => (value === "" ? "" : Number(value));

interface Props extends SectionProps {
  mostSlots: number;
}

export function TrainingSection({ draft, mostSlots, onChange, errorOf }: Props) {
  const { training } = draft;
  const change = (changes: Partial<Training>) => onChange({ training: { ...training, ...changes } });
  return (
    <Section title={t("newJob.n3Training")}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        <NumberInput
          label={t("newJob.epochs")}
          description={t("newJob.passesOverTheTraining")}
          placeholder={t("newJob.auto")}
          value={training.epochs}
          onChange={(value) => change({ epochs: asField(value) })}
          min={1}
          allowDecimal={false}
          error={errorOf("training.epochs")}
        />
        <NumberInput
          label={t("newJob.batchSize")}
          description={t("newJob.rowsPerOptimizerStep")}
          placeholder={t("newJob.auto")}
          value={training.batchSize}
          onChange={(value) => change({ batchSize: asField(value) })}
          min={1}
          allowDecimal={false}
          error={errorOf("training.batch_size")}
        />
        <Select
          label={t("newJob.optimizer")}
          data={OPTIMIZERS.map((value) => ({ value, label: OPTIMIZER_WORDS[value] }))}
          value={training.optimizer}
          onChange={(value) => {
            const optimizer = OPTIMIZERS.find((name) => name === value) ?? training.optimizer;
            change({ optimizer, lr: LEARNING_RATES[optimizer] });
          }}
          allowDeselect={false}
          error={errorOf("training.optimizer.name")}
        />
        <NumberInput
          label={t("newJob.learningRate")}
          value={training.lr}
          onChange={(value) => change({ lr: asField(value) })}
          min={0}
          step={0.001}
          decimalScale={8}
          error={errorOf("training.optimizer.lr")}
        />
        <NumberInput
          label={t("newJob.seed")}
          description={t("newJob.theSameSeedAnd")}
          value={training.seed}
          onChange={(value) => change({ seed: asField(value) })}
          min={0}
          allowDecimal={false}
          error={errorOf("training.seed")}
        />
        {mostSlots > 1 && (
          <NumberInput
            label={t("newJob.slots")}
            description={t("newJob.eachTrainsOnIts", { mostSlots })}
            value={draft.slots}
            onChange={(value) => onChange({ slots: Number(value) || 1 })}
            min={1}
            max={mostSlots}
            allowDecimal={false}
            error={errorOf("resources.slots")}
          />
        )}
      </SimpleGrid>
    </Section>
  );
}
