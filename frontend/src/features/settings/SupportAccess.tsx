import { Table, Text } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { t } from "../../i18n/index.ts";
import { useSupportAccess } from "./queries.ts";

/** When operators of the platform looked at the organization, and why. */
export function SupportAccess() {
  const accesses = useSupportAccess();
  return (
    <Section title={t("settings.supportAccess")}>
      <Text size="sm" c="dimmed" mb="sm">
        {t("settings.whatSupportAccessIs")}
      </Text>
      <Rows query={accesses} empty={<Text size="sm">{t("settings.noSupportAccess")}</Text>}>
        {(rows) => (
          <WideTable label={t("settings.supportAccess")} minWidth={520}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("settings.lookedFor")}</Table.Th>
                <Table.Th>{t("settings.lookedFrom")}</Table.Th>
                <Table.Th>{t("settings.until")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map(({ id, reason, opened_at, closed_at, ends_at }) => (
                <Table.Tr key={id}>
                  <Table.Td className="wrap">{reason}</Table.Td>
                  <Table.Td>
                    <At iso={opened_at} />
                  </Table.Td>
                  <Table.Td>
                    <At iso={closed_at ?? ends_at} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </WideTable>
        )}
      </Rows>
    </Section>
  );
}
