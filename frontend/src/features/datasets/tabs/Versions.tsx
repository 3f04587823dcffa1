import { Badge, Card, Stack, Table } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "../../../app/paths.ts";
import { Ago } from "../../../components/Moment.tsx";
import { WideTable } from "../../../components/WideTable.tsx";
import { formatBytes, formatCount } from "../../../format/number.ts";
import { t } from "../../../i18n/index.ts";
import { Difference } from "../Difference.tsx";
import type { DatasetDetail } from "../queries.ts";
import { useShownDataset } from "../shownDataset.ts";
import { VERSION_STATES } from "../states.ts";

/** Every version, to look at, and how the one that is shown differs from the one before. */
export function Versions() {
  const { dataset, version } = useShownDataset();
  return (
    <Stack gap="lg">
      <VersionTable dataset={dataset} shown={version.id} />
      <Difference dataset={dataset} shown={version.id} />
    </Stack>
  );
}

function VersionTable({ dataset, shown }: { dataset: DatasetDetail; shown: string }) {
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
                  <Link to={paths.datasetVersion(dataset.id, version.id, "versions")} replace>
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
