import { Badge, Button, Card, Group, Loader, Stack, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { paths } from "../../app/paths.ts";
import { useMay } from "../../auth/me.ts";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Ago } from "../../components/Moment.tsx";
import { Page } from "../../components/Page.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatBytes, formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { TASK_WORDS } from "../../words/tasks.ts";
import { Preview } from "./Preview.tsx";
import { Profile } from "./Profile.tsx";
import { type DatasetDetail, useDataset, useDeleteDataset, useVersion } from "./queries.ts";
import { Fetching } from "./Fetching.tsx";
import { useUnfinishedImports } from "./imports.ts";
import { Difference } from "./Difference.tsx";
import { VERSION_STATES } from "./states.ts";

/** Loaded when a version is added. */
const AddData = lazy(async () => ({ default: (await import("./AddData.tsx")).AddData }));

export function DatasetPage() {
  const { datasetId = "" } = useParams();
  const dataset = useDataset(datasetId);
  return <Loaded query={dataset}>{(found) => <DatasetScreen dataset={found} />}</Loaded>;
}

function DatasetScreen({ dataset }: { dataset: DatasetDetail }) {
  const [search] = useSearchParams();
  const shown = search.get("version") ?? dataset.latest_version?.id ?? "";
  const [adding, { open: add, close: stopAdding }] = useDisclosure(false);
  const navigate = useNavigate();
  return (
    <Page
      title={dataset.name}
      aside={<Badge color="gray">{TASK_WORDS[dataset.task].label}</Badge>}
      actions={<Actions dataset={dataset} versionId={shown} onAdd={add} />}
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
      {shown && <Version datasetId={dataset.id} versionId={shown} />}
      <Difference dataset={dataset} shown={shown} />
      <Versions dataset={dataset} shown={shown} />
    </Page>
  );
}

/** What is fetched into the dataset at the moment: somebody who left the form may come back. */
function UnderWay({ datasetId }: { datasetId: string }) {
  const queryClient = useQueryClient();
  const imports = useUnfinishedImports(datasetId).data ?? [];
  if (imports.length === 0) return null;
  const refresh = () =>
    void queryClient.invalidateQueries({ queryKey: ["datasets", datasetId], exact: true });
  return (
    <Section title={t("data.underWay")}>
      <Stack gap="sm">
        {imports.map((each) => (
          <Stack key={each.id} gap={4}>
            <Text size="sm">{each.url}</Text>
            <Fetching begun={each} onFetched={refresh} />
          </Stack>
        ))}
      </Stack>
    </Section>
  );
}

interface ActionsProps {
  dataset: DatasetDetail;
  versionId: string;
  onAdd: () => void;
}

function Actions({ dataset, versionId, onAdd }: ActionsProps) {
  const [asking, question] = useDisclosure(false);
  const remove = useDeleteDataset();
  const navigate = useNavigate();
  const mayTrain = useMay("jobs.write");
  const mayDelete = useMay("datasets.write");
  const ready = dataset.versions.some(({ id, state }) => id === versionId && state === "ready");
  return (
    <>
      {mayDelete && (
        <>
          <Button variant="default" size="sm" onClick={question.open}>
            {t("data.delete")}
          </Button>
          <Button variant="default" size="sm" onClick={onAdd}>
            {t("data.newVersion")}
          </Button>
        </>
      )}
      {mayTrain && ready && (
        <Button component={Link} to={paths.trainOn(dataset.id, versionId)} size="sm">
          {t("data.trainAModel")}
        </Button>
      )}
      {asking && (
        <ConfirmDialog
          title={t("data.deleteThis", { name: dataset.name })}
          confirm={t("data.deleteIt")}
          busy={remove.isPending}
          onClose={question.close}
          onConfirm={() => remove.mutate(dataset.id, { onSuccess: () => void navigate(paths.data) })}
        >
          <Text size="sm">{t("data.whatDeletingDoes")}</Text>
          {remove.isError && <ProblemAlert error={remove.error} />}
        </ConfirmDialog>
      )}
    </>
  );
}

function Version({ datasetId, versionId }: { datasetId: string; versionId: string }) {
  const version = useVersion(datasetId, versionId);
  return (
    <Loaded query={version}>
      {(found) => (
        <Section title={t("data.versionNumber", { number: found.number })}>
          {found.state === "validating" ? (
            <Group gap="sm" role="status">
              <Loader size="xs" aria-hidden />
              <Text size="sm">{t("data.checkingTheFileLarge")}</Text>
            </Group>
          ) : (
            <Stack gap="lg">
              <Profile version={found} />
              {found.state === "ready" && <Preview datasetId={datasetId} versionId={versionId} />}
            </Stack>
          )}
        </Section>
      )}
    </Loaded>
  );
}

function Versions({ dataset, shown }: { dataset: DatasetDetail; shown: string }) {
  return (
    <Card padding={0}>
      <WideTable label={t("data.versions")} minWidth={640}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th className="number" w={90}>
              {t("data.version")}
            </Table.Th>
            <Table.Th>{t("data.file")}</Table.Th>
            <Table.Th>{t("data.state")}</Table.Th>
            <Table.Th className="number">{t("data.rows")}</Table.Th>
            <Table.Th className="number">{t("data.size")}</Table.Th>
            <Table.Th className="number">{t("data.created")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {dataset.versions.map((version) => (
            <Table.Tr key={version.id}>
              <Table.Td className="number">{version.number}</Table.Td>
              <Table.Td className="wrap">
                {version.id === shown ? (
                  <b>{version.filename}</b>
                ) : (
                  <Link to={`?version=${version.id}`} replace>
                    {version.filename}
                  </Link>
                )}
              </Table.Td>
              <Table.Td>
                <Badge color={VERSION_STATES[version.state].color}>
                  {VERSION_STATES[version.state].label}
                </Badge>
              </Table.Td>
              <Table.Td className="number">
                {version.rows === null ? "–" : formatCount(version.rows)}
              </Table.Td>
              <Table.Td className="number">{formatBytes(version.bytes)}</Table.Td>
              <Table.Td className="number">
                <Ago iso={version.created_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
    </Card>
  );
}
