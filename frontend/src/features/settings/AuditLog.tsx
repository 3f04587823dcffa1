import { Code, Group, Table, TextInput } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { useSearchParams } from "react-router";
import { Empty } from "../../components/Empty.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { t } from "../../i18n/index.ts";
import { type AuditEvent, type AuditFilter, useAuditLog } from "./queries.ts";
import { LazySelect } from "../../components/LazySelect.tsx";

/** What the log can be narrowed to: kinds of actions, by how their names begin. */
const ACTIONS = [
  { value: "api_key.", label: t("settings.apiKeys") },
  { value: "member.", label: t("settings.members") },
  { value: "invitation.", label: t("settings.invitations") },
  { value: "organization.", label: t("settings.organization") },
  { value: "webhook_endpoint.", label: t("webhooks.webhooks") },
  { value: "support_access.", label: t("settings.supportAccess") },
];

function filterOf(params: URLSearchParams): AuditFilter {
  const [action, since, until] = ["action", "since", "until"].map((name) => params.get(name) ?? "");
  return {
    ...(action ? { action } : {}),
    ...(since ? { since: new Date(`${since}T00:00:00`).toISOString() } : {}),
    ...(until ? { until: new Date(`${until}T23:59:59.999`).toISOString() } : {}),
  };
}

/** Who changed what and when: a chain in which nothing can be altered or left out unseen. */
export function AuditLog() {
  const [params, setParams] = useSearchParams();
  const events = useAuditLog(filterOf(params));
  const set = (name: string, value: string | null) => {
    const changed = new URLSearchParams(params);
    if (value) changed.set(name, value);
    else changed.delete(name);
    setParams(changed, { replace: true });
  };
  return (
    <Section
      title={t("settings.auditLog")}
      flush
      aside={
        <Group gap="xs">
          <LazySelect
            size="xs"
            aria-label={t("settings.what")}
            placeholder={t("settings.anything")}
            data={ACTIONS}
            value={params.get("action")}
            onChange={(value) => set("action", value)}
            clearable
            w={170}
          />
          {(["since", "until"] as const).map((name) => (
            <TextInput
              key={name}
              size="xs"
              type="date"
              aria-label={name === "since" ? t("settings.since") : t("settings.until")}
              value={params.get(name) ?? ""}
              onChange={(event) => set(name, event.currentTarget.value)}
              w={140}
            />
          ))}
        </Group>
      }
    >
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
                  <Table.Td>
                    <At iso={event.created_at} />
                  </Table.Td>
                  <Table.Td>{inWords(event.action)}</Table.Td>
                  <Table.Td className="wrap" title={event.actor}>
                    {event.actor_name || event.actor}
                  </Table.Td>
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

/** `api_key.create` as "Api key create": the names of actions are the API's. */
const inWords = (name: string): string => {
  const words = name.replaceAll(/[._]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const MICROS = "_micros";

/** A value as the log has it; an amount of money in its unit. */
function written(field: string, value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (field.endsWith(MICROS) && typeof value === "number") return (value / 1_000_000).toFixed(6);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function Changes({ event: { target, target_name: name, before, after } }: { event: AuditEvent }) {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (field) => written(field, before[field]) !== written(field, after[field]),
  );
  return (
    <>
      {name && <div>{name}</div>}
      {target && <Code>{target}</Code>}
      {fields.map((field) => (
        <div key={field}>
          {inWords(field.replace(MICROS, ""))}: {written(field, before[field])} →{" "}
          {written(field, after[field])}
        </div>
      ))}
    </>
  );
}
