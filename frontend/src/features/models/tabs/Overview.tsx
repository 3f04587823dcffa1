import { Code, SimpleGrid, Stack } from "@mantine/core";
import { Fact } from "../../../components/Fact.tsx";
import { later } from "../../../components/later.tsx";
import { Section } from "../../../components/Section.tsx";
import { WithAside } from "../../../components/WithAside.tsx";
import { t } from "../../../i18n/index.ts";
import { TASK_WORDS } from "../../../words/tasks.ts";
import type { Model } from "../queries.ts";
import { useShownModel } from "../shownModel.ts";
import { TestMetrics } from "../TestMetrics.tsx";
import { Verdict } from "../Verdict.tsx";

const ResultPicture = later(
  320,
  ["results"],
  async () => (await import("../../results/ResultPicture.tsx")).ResultPicture,
);

/** What the model is worth, in words, in the picture of its task and in figures, and what it is. */
export function Overview() {
  const model = useShownModel();
  if (model.origin === "imported") return <Facts model={model} />;
  return (
    <Stack gap="lg">
      {model.verdict && <Verdict verdict={model.verdict} />}
      <WithAside
        aside={
          <>
            <TestMetrics metrics={model.test_metrics} aside />
            <Facts model={model} />
          </>
        }
      >
        <ResultPicture modelId={model.id} />
      </WithAside>
    </Stack>
  );
}

function Facts({ model }: { model: Model }) {
  return (
    <Section title={t("models.details")}>
      <SimpleGrid component="dl" m={0} cols={{ base: 1, sm: 2, lg: 1 }} spacing="lg" verticalSpacing="sm">
        <Fact label={t("models.task")}>{TASK_WORDS[model.task].label}</Fact>
        <Fact label={t("models.architecture")}>{model.architecture}</Fact>
        {model.base && <Fact label={t("models.base")}>{model.base}</Fact>}
        <Fact label={t("models.modelId")}>
          <Code>{model.id}</Code>
        </Fact>
      </SimpleGrid>
    </Section>
  );
}
