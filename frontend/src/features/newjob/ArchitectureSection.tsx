import { Radio, SimpleGrid, Stack, Text } from "@mantine/core";
import { SchemaForm } from "../../components/schema/SchemaForm.tsx";
import { Section } from "../../components/Section.tsx";
import classes from "./ArchitectureSection.module.css";
import type { Architecture, Draft } from "./draft.ts";
import { t } from "../../i18n/index.ts";

export interface SectionProps {
  draft: Draft;
  onChange: (changes: Partial<Draft>) => void;
  errorOf: (field: string) => string | undefined;
}

export function ArchitectureSection({
  architectures,
  draft,
  onChange,
  errorOf,
}: SectionProps & { architectures: Architecture[] }) {
  const choose = (name: string) => {
    const architecture = architectures.find((entry) => entry.name === name);
    if (!architecture) return;
    const own = draft.name.endsWith(`-${draft.architecture.name}`);
    const name_ = own ? draft.name.slice(0, -draft.architecture.name.length) + name : draft.name;
    onChange({ architecture, hyperparameters: architecture.defaults, name: name_ });
  };
  return (
    <Section title={t("newJob.n2Model")}>
      <Stack gap="lg">
        <Radio.Group value={draft.architecture.name} onChange={choose} aria-label={t("newJob.architecture")}>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            {architectures.map(({ name, title, summary }) => (
              <Radio.Card key={name} value={name} className={classes.card} aria-label={title}>
                <Radio.Indicator />
                <div>
                  <Text size="sm" fw={600}>
                    {title}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {summary}
                  </Text>
                </div>
              </Radio.Card>
            ))}
          </SimpleGrid>
        </Radio.Group>
        <SchemaForm
          key={draft.architecture.name}
          schema={draft.architecture.hyperparameters}
          values={draft.hyperparameters}
          onChange={(hyperparameters) => onChange({ hyperparameters })}
          errorOf={(field) => errorOf(`architecture.${field}`)}
        />
      </Stack>
    </Section>
  );
}
