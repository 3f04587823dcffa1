import { Anchor, Badge, SimpleGrid } from "@mantine/core";
import { Link, useParams } from "react-router";
import { paths } from "../../app/paths.ts";
import { Fact } from "../../components/Fact.tsx";
import { later } from "../../components/later.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Page } from "../../components/Page.tsx";
import { Section } from "../../components/Section.tsx";
import { formatMoment } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { TASK_WORDS } from "../../words/tasks.ts";
import { TestMetrics } from "./TestMetrics.tsx";
import { Verdict } from "./Verdict.tsx";
import { type Model, useModel } from "./queries.ts";

const ModelCard = later(240, ["tryModel"], async () => (await import("./ModelCard.tsx")).ModelCard);
const ModelResults = later(
  320,
  ["results"],
  async () => (await import("../results/ModelResults.tsx")).ModelResults,
);
const Snippets = later(200, [], async () => (await import("./Snippets.tsx")).Snippets);

export function ModelPage() {
  const { modelId = "" } = useParams();
  const model = useModel(modelId);
  return <Loaded query={model}>{(found) => <ModelScreen model={found} />}</Loaded>;
}

function ModelScreen({ model }: { model: Model }) {
  return (
    <Page title={model.name} aside={<Badge color="gray">{TASK_WORDS[model.task].label}</Badge>}>
      {model.verdict && <Verdict verdict={model.verdict} />}
      <TestMetrics metrics={model.test_metrics} />
      <ModelCard modelId={model.id} />
      <ModelResults modelId={model.id} />
      <Section title={t("models.lineage")}>
        <SimpleGrid component="dl" m={0} cols={{ base: 2, md: 4 }} spacing="lg">
          {model.origin === "imported" ? (
            <Fact label={t("models.importedFor")}>{model.base}</Fact>
          ) : (
            <>
              <Fact label={t("models.trainedBy")}>
                <Anchor component={Link} to={paths.job(model.job_id)} size="sm" ff="monospace">
                  {model.job_id}
                </Anchor>
              </Fact>
              <Fact label={t("models.trainedOn")}>
                <Anchor
                  component={Link}
                  to={paths.datasetVersion(model.dataset_id, model.dataset_version)}
                  size="sm"
                  ff="monospace"
                >
                  {model.dataset_version}
                </Anchor>
              </Fact>
            </>
          )}
          <Fact label={t("models.architecture")}>{model.architecture}</Fact>
          <Fact label={t("models.created")}>{formatMoment(model.created_at)}</Fact>
        </SimpleGrid>
      </Section>
      <Snippets model={model} />
    </Page>
  );
}
