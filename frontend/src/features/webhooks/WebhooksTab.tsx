import { Anchor, Badge, Button, Group, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { useMay } from "../../auth/me.ts";
import { Empty } from "../../components/Empty.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatDay } from "../../format/time.ts";
import { t } from "../../i18n/index.ts";
import { NewEndpointDialog } from "./NewEndpointDialog.tsx";
import { type Endpoint, useEndpoints } from "./queries.ts";
import { KINDS } from "./words.ts";

/** Addresses that are told of what happens. */
export function WebhooksTab() {
  const endpoints = useEndpoints();
  const mayManage = useMay("webhooks.manage");
  const [adding, dialog] = useDisclosure(false);
  return (
    <Section
      title={t("webhooks.webhooks")}
      flush
      aside={
        mayManage && (
          <Button size="xs" onClick={dialog.open}>
            {t("webhooks.add")}
          </Button>
        )
      }
    >
      <Rows query={endpoints} empty={<Empty title={t("webhooks.none")}>{t("webhooks.whatTheyAre")}</Empty>}>
        {(rows) => (
          <WideTable label={t("webhooks.webhooks")} minWidth={640}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("webhooks.address")}</Table.Th>
                <Table.Th>{t("webhooks.kind")}</Table.Th>
                <Table.Th>{t("webhooks.events")}</Table.Th>
                <Table.Th>{t("webhooks.state")}</Table.Th>
                <Table.Th>{t("webhooks.since")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((endpoint) => (
                <Table.Tr key={endpoint.id}>
                  <Table.Td className="wrap">
                    <Anchor
                      component={Link}
                      to={paths.webhook(endpoint.id)}
                      size="sm"
                      fw={550}
                      style={{ overflowWrap: "anywhere" }}
                    >
                      {endpoint.url ?? endpoint.email}
                    </Anchor>
                    <Text size="xs" c="dimmed">
                      {endpoint.description}
                    </Text>
                  </Table.Td>
                  <Table.Td>{KINDS[endpoint.kind]}</Table.Td>
                  <Table.Td className="wrap">
                    <Group gap={4}>
                      {endpoint.events.map((event) => (
                        <Badge key={event} color="gray">
                          {event}
                        </Badge>
                      ))}
                    </Group>
                  </Table.Td>
                  <Table.Td>
                    <EndpointState endpoint={endpoint} />
                  </Table.Td>
                  <Table.Td>{formatDay(endpoint.created_at)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </WideTable>
        )}
      </Rows>
      {adding && <NewEndpointDialog onClose={dialog.close} />}
    </Section>
  );
}

export function EndpointState({ endpoint }: { endpoint: Endpoint }) {
  if (!endpoint.enabled) {
    const failing = endpoint.disabled_reason !== "";
    return (
      <Badge color={failing ? "red" : "gray"}>
        {failing ? t("webhooks.switchedOff") : t("webhooks.off")}
      </Badge>
    );
  }
  if (endpoint.paused_until) return <Badge color="yellow">{t("webhooks.paused")}</Badge>;
  return <Badge color="green">{t("webhooks.on")}</Badge>;
}
