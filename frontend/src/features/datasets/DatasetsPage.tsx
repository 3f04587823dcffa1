import { Anchor, Badge, Button, Card, Table } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { useMay } from "../../auth/me.ts";
import { Empty } from "../../components/Empty.tsx";
import { Ago } from "../../components/Moment.tsx";
import { Page } from "../../components/Page.tsx";
import { Rows } from "../../components/Rows.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatBytes, formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { TASK_WORDS } from "../../words/tasks.ts";
import { type Dataset, useDatasets } from "./queries.ts";
import { VERSION_STATES } from "./states.ts";

export function DatasetsPage() {
  const datasets = useDatasets();
  const upload = useMay("datasets.write") && (
    <Button component={Link} to={paths.newDataset} size="sm">
      {t("data.uploadData")}
    </Button>
  );
  return (
    <Page title={t("data.data")} actions={upload}>
      <Card padding={0}>
        <Rows
          query={datasets}
          empty={
            <Empty title={t("data.noDataYet")} action={upload}>
              {t("data.whatDataMayBe")}
            </Empty>
          }
        >
          {(rows) => (
            <WideTable label={t("data.data")} minWidth={720} highlightOnHover>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("data.name")}</Table.Th>
                  <Table.Th>{t("data.whatToLearn")}</Table.Th>
                  <Table.Th>{t("data.state")}</Table.Th>
                  <Table.Th className="number">{t("data.versions")}</Table.Th>
                  <Table.Th className="number">{t("data.size")}</Table.Th>
                  <Table.Th className="number">{t("data.created")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((dataset) => (
                  <DatasetRow key={dataset.id} dataset={dataset} />
                ))}
              </Table.Tbody>
            </WideTable>
          )}
        </Rows>
      </Card>
    </Page>
  );
}

function DatasetRow({ dataset }: { dataset: Dataset }) {
  const { latest_version: latest } = dataset;
  return (
    <Table.Tr>
      <Table.Td maw={320}>
        <Anchor component={Link} to={paths.dataset(dataset.id)} fw={550} size="sm" truncate display="block">
          {dataset.name}
        </Anchor>
      </Table.Td>
      <Table.Td>{TASK_WORDS[dataset.task].label}</Table.Td>
      <Table.Td>
        {latest && (
          <Badge color={VERSION_STATES[latest.state].color}>{VERSION_STATES[latest.state].label}</Badge>
        )}
      </Table.Td>
      <Table.Td className="number">{formatCount(dataset.versions_count)}</Table.Td>
      <Table.Td className="number">{latest ? formatBytes(latest.bytes) : "–"}</Table.Td>
      <Table.Td className="number">
        <Ago iso={dataset.created_at} />
      </Table.Td>
    </Table.Tr>
  );
}
