import { Badge, Code, Stack, Table, Text } from "@mantine/core";
import { Loaded } from "../../components/Loaded.tsx";
import { Ago } from "../../components/Moment.tsx";
import { Page } from "../../components/Page.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatCount } from "../../format/number.ts";
import { knownText, t } from "../../i18n/index.ts";
import { type HealthCheck, useHealth } from "./queries.ts";
import { checkName, LEVELS } from "./words.ts";

/** How each part of the platform does that may fail. */
export function HealthPage() {
  const health = useHealth();
  const level = health.data && LEVELS[health.data.level];
  return (
    <Page title={t("shell.health")} aside={level && <Badge color={level.color}>{level.label}</Badge>}>
      <Loaded query={health}>
        {({ data }) => (
          <Section title={t("operators.checksTitle")} flush>
            <WideTable label={t("operators.checksTitle")} minWidth={620}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("operators.part")}</Table.Th>
                  <Table.Th>{t("operators.state")}</Table.Th>
                  <Table.Th className="number">{t("operators.count")}</Table.Th>
                  <Table.Th>{t("operators.oldest")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.map((check) => (
                  <CheckRow key={check.name} check={check} />
                ))}
              </Table.Tbody>
            </WideTable>
          </Section>
        )}
      </Loaded>
    </Page>
  );
}

function CheckRow({ check: { name, level, count, oldest, details } }: { check: HealthCheck }) {
  return (
    <Table.Tr>
      <Table.Td className="wrap">
        <Text size="sm" fw={550}>
          {checkName(name)}
        </Text>
        <Text size="xs" c="dimmed">
          {knownText(`operators.checkMeanings.${name}`)}
        </Text>
        <Stack gap={2} mt={details.length > 0 ? 4 : 0}>
          {details.map((detail) => (
            <Code key={detail}>{detail}</Code>
          ))}
        </Stack>
      </Table.Td>
      <Table.Td>
        <Badge color={LEVELS[level].color}>{LEVELS[level].label}</Badge>
      </Table.Td>
      <Table.Td className="number">{count === null ? "–" : formatCount(count)}</Table.Td>
      <Table.Td>{oldest ? <Ago iso={oldest} /> : "–"}</Table.Td>
    </Table.Tr>
  );
}
