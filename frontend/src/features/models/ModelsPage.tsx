import { Anchor, Badge, Card, Table } from "@mantine/core";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { useMay } from "../../auth/me.ts";
import { Empty } from "../../components/Empty.tsx";
import { Ago } from "../../components/Moment.tsx";
import { Page } from "../../components/Page.tsx";
import { Rows } from "../../components/Rows.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { metricName, metricValue } from "../../words/metrics.ts";
import { TASK_WORDS } from "../../words/tasks.ts";
import { findingWords } from "../../words/verdicts.ts";
import { ImportButton } from "./ImportButton.tsx";
import { type Model, useModels } from "./queries.ts";

export function ModelsPage() {
  const models = useModels();
  const mayWrite = useMay("models.write");
  return (
    <Page title={t("models.models")} actions={mayWrite && <ImportButton />}>
      <Card padding={0}>
        <Rows
          query={models}
          empty={<Empty title={t("models.noModelsYet")}>{t("models.eachFinishedJob")}</Empty>}
        >
          {(rows) => (
            <WideTable label={t("models.models")} minWidth={760} highlightOnHover>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("models.name")}</Table.Th>
                  <Table.Th>{t("models.task")}</Table.Th>
                  <Table.Th>{t("models.architecture")}</Table.Th>
                  <Table.Th>{t("models.onTestData")}</Table.Th>
                  <Table.Th className="number">{t("models.parameters")}</Table.Th>
                  <Table.Th className="number">{t("models.created")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((model) => (
                  <ModelRow key={model.id} model={model} />
                ))}
              </Table.Tbody>
            </WideTable>
          )}
        </Rows>
      </Card>
    </Page>
  );
}

function ModelRow({ model }: { model: Model }) {
  const { verdict } = model;
  return (
    <Table.Tr>
      <Table.Td maw={320}>
        <Anchor component={Link} to={paths.model(model.id)} fw={550} size="sm" truncate display="block">
          {model.name}
        </Anchor>
      </Table.Td>
      <Table.Td>{TASK_WORDS[model.task].label}</Table.Td>
      <Table.Td>{model.architecture}</Table.Td>
      <Table.Td>
        {verdict ? (
          <Badge color={findingWords(verdict).color} title={findingWords(verdict).title}>
            {metricName(verdict.metric)} {metricValue(verdict.metric, verdict.value)}
          </Badge>
        ) : (
          "–"
        )}
      </Table.Td>
      <Table.Td className="number">{formatCount(model.parameters)}</Table.Td>
      <Table.Td className="number">
        <Ago iso={model.created_at} />
      </Table.Td>
    </Table.Tr>
  );
}
