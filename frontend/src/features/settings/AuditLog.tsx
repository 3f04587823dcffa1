import { Code, Table } from "@mantine/core";
import { Empty } from "../../components/Empty.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatMoment } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { type AuditEvent, useAuditLog } from "./queries.ts";

/** Who changed what and when: a chain in which nothing can be altered or left out unseen. */
export function AuditLog() {
  const events = useAuditLog();
  return (
    <Section title={t("settings.auditLog")} flush>
      <Rows query={events} empty={<Empty title={t("settings.noChanges")} />}>
        {(rows) => (
          <WideTable label={t("settings.auditLog")} minWidth={820}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("settings.when")}</Table.Th>
                <Table.Th>{t("settings.what")}</Table.Th>
                <Table.Th>{t("settings.who")}</Table.Th>
                <Table.Th>{t("settings.changed")}</Table.Th>
                <Table.Th>{t("settings.address")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((event) => (
                <Table.Tr key={event.id}>
                  <Table.Td>{formatMoment(event.created_at)}</Table.Td>
                  <Table.Td>{event.action.replaceAll(/[._]/g, " ")}</Table.Td>
                  <Table.Td className="wrap">{event.actor}</Table.Td>
                  <Table.Td className="wrap">
                    <Changes event={event} />
                  </Table.Td>
                  <Table.Td>{event.address || "–"}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </WideTable>
        )}
      </Rows>
    </Section>
  );
}

const written = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value ?? null);

function Changes({ event: { target, before, after } }: { event: AuditEvent }) {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return (
    <>
      {target && <Code>{target}</Code>}
      {fields.map((field) => (
        <div key={field}>
          {field}: {written(before[field])} → {written(after[field])}
        </div>
      ))}
    </>
  );
}
