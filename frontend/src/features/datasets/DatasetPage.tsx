import { Badge } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { lazy, Suspense } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { type DatasetTab, paths } from "../../app/paths.ts";
import { Empty } from "../../components/Empty.tsx";
import { KeyFigures } from "../../components/KeyFigures.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { LoadedPage } from "../../components/LoadedPage.tsx";
import { Page } from "../../components/Page.tsx";
import { RoutedTabs } from "../../components/RoutedTabs.tsx";
import { Section } from "../../components/Section.tsx";
import { formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { TASK_WORDS } from "../../words/tasks.ts";
import { DatasetActions } from "./DatasetActions.tsx";
import { figuresOf } from "./figures.ts";
import { type DatasetDetail, type DatasetVersion, useDataset, useVersion } from "./queries.ts";
import { VERSION_STATES } from "./states.ts";
import { UnderWay } from "./UnderWay.tsx";

/** Loaded when a version is added. */
const AddData = lazy(async () => ({ default: (await import("./AddData.tsx")).AddData }));

export function DatasetPage() {
  const { datasetId = "" } = useParams();
  const dataset = useDataset(datasetId);
  return (
    <LoadedPage query={dataset} kind={t("data.dataset")} list={{ to: paths.data, label: t("shell.data") }}>
      {(found) => <DatasetScreen dataset={found} />}
    </LoadedPage>
  );
}

function DatasetScreen({ dataset }: { dataset: DatasetDetail }) {
  const [search] = useSearchParams();
  const chosen = search.get("version");
  const shown = chosen ?? dataset.latest_version?.id ?? "";
  const [adding, { open: add, close: stopAdding }] = useDisclosure(false);
  const navigate = useNavigate();
  return (
    <Page
      title={dataset.name}
      aside={<State dataset={dataset} versionId={shown} />}
      actions={<DatasetActions dataset={dataset} versionId={shown} onAdd={add} />}
    >
      {adding && (
        <Section title={t("data.newVersion")}>
          <Suspense>
            <AddData
              dataset={dataset}
              onReady={({ version }) => {
                stopAdding();
                void navigate(paths.datasetVersion(dataset.id, version.id));
              }}
            />
          </Suspense>
        </Section>
      )}
      <UnderWay datasetId={dataset.id} />
      {shown ? (
        <ShownVersion dataset={dataset} versionId={shown} chosen={chosen} />
      ) : (
        <Empty title={t("data.noVersionYet")}>{t("data.addsTheFirst")}</Empty>
      )}
    </Page>
  );
}

/** What is to be learnt, and how the version stands that is shown. */
function State({ dataset, versionId }: { dataset: DatasetDetail; versionId: string }) {
  const state = dataset.versions.find(({ id }) => id === versionId)?.state;
  return (
    <>
      <Badge color="gray">{TASK_WORDS[dataset.task].label}</Badge>
      {state && <Badge color={VERSION_STATES[state].color}>{VERSION_STATES[state].label}</Badge>}
    </>
  );
}

interface ShownProps {
  dataset: DatasetDetail;
  versionId: string;
  /** The version that the address names. */
  chosen: string | null;
}

function ShownVersion({ dataset, versionId, chosen }: ShownProps) {
  const version = useVersion(dataset.id, versionId);
  return (
    <Loaded query={version}>
      {(found) => (
        <>
          <KeyFigures figures={figuresOf(found, dataset.versions_count)} />
          <RoutedTabs tabs={tabsOf(dataset, found, chosen)} context={{ dataset, version: found }} />
        </>
      )}
    </Loaded>
  );
}

function tabsOf(dataset: DatasetDetail, version: DatasetVersion, chosen: string | null) {
  const to = (tab?: DatasetTab) => paths.datasetVersion(dataset.id, chosen, tab);
  const problems = version.problems.length + version.problems_omitted + version.warnings.length;
  const isReady = version.allowed_actions.includes("preview");
  return [
    { to: to(), label: t("data.overview") },
    ...(isReady ? [{ to: to("preview"), label: t("data.preview") }] : []),
    { to: to("versions"), label: t("data.versions") },
    {
      to: to("problems"),
      label: problems ? t("data.problemsCounted", { number: formatCount(problems) }) : t("data.problems"),
    },
    ...(isReady ? [{ to: to("jobs"), label: t("data.jobs") }] : []),
  ];
}
