import { Badge, Button } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { Link, useParams } from "react-router";
import { type ModelTab, paths } from "../../app/paths.ts";
import { KeyFigures } from "../../components/KeyFigures.tsx";
import { LoadedPage } from "../../components/LoadedPage.tsx";
import { Ago } from "../../components/Moment.tsx";
import { Page } from "../../components/Page.tsx";
import { RoutedTabs } from "../../components/RoutedTabs.tsx";
import { formatBytes, formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { TASK_WORDS } from "../../words/tasks.ts";
import { findingWords, verdictFigure } from "../../words/verdicts.ts";
import { DeleteModel } from "./DeleteModel.tsx";
import { type ModelDetail, useModel } from "./queries.ts";

export function ModelPage() {
  const { modelId = "" } = useParams();
  const model = useModel(modelId);
  return (
    <LoadedPage query={model} kind={t("models.model")} list={{ to: paths.models, label: t("shell.models") }}>
      {(found) => <ModelScreen model={found} />}
    </LoadedPage>
  );
}

function ModelScreen({ model }: { model: ModelDetail }) {
  const mayPredict = model.allowed_actions.includes("predict");
  return (
    <Page
      title={model.name}
      aside={<State model={model} />}
      actions={
        <>
          {model.allowed_actions.includes("delete") && <DeleteModel model={model} />}
          {mayPredict && (
            <Button component={Link} to={paths.modelTab(model.id, "try")} size="sm">
              {t("models.tryIt")}
            </Button>
          )}
        </>
      }
    >
      <KeyFigures figures={figuresOf(model)} />
      <RoutedTabs tabs={tabsOf(model, mayPredict)} context={model} />
    </Page>
  );
}

/** What it learnt, and what it is worth. */
function State({ model: { task, verdict } }: { model: ModelDetail }) {
  const outcome = verdict && findingWords(verdict);
  return (
    <>
      <Badge color="gray">{TASK_WORDS[task].label}</Badge>
      {outcome && <Badge color={outcome.color}>{outcome.title}</Badge>}
    </>
  );
}

/** How good, how large, how old. */
function figuresOf({ verdict, parameters, files, created_at }: ModelDetail) {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return [
    ...(verdict ? [verdictFigure(verdict)] : []),
    { label: t("models.parameters"), value: formatCount(parameters) },
    {
      label: t("models.size"),
      value: formatBytes(bytes),
      note: t("models.filesCount", { count: files.length }),
    },
    { label: t("models.created"), value: <Ago iso={created_at} />, note: <At iso={created_at} /> },
  ];
}

function tabsOf(model: ModelDetail, mayPredict: boolean) {
  const to = (tab: ModelTab) => paths.modelTab(model.id, tab);
  return [
    { to: paths.model(model.id), label: t("models.overview") },
    ...(model.origin === "imported" ? [] : [{ to: to("results"), label: t("models.results") }]),
    ...(mayPredict ? [{ to: to("try"), label: t("models.tryIt") }] : []),
    { to: to("files"), label: t("models.files") },
    { to: to("use"), label: t("models.useIt") },
    { to: to("lineage"), label: t("models.lineage") },
  ];
}
