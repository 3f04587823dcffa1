import { Badge, Button, Code, Group, Stack, Table, Text } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { ActionsHeader } from "../../components/ActionsHeader.tsx";
import { useState } from "react";
import { Empty } from "../../components/Empty.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Ago } from "../../components/Moment.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { t } from "../../i18n/index.ts";
import { type Delivery, useDeliveries, useDelivery, useReplay } from "./queries.ts";
import { DELIVERY_STATES } from "./words.ts";
import { LazyModal } from "../../components/LazyModal.tsx";

/** What was sent to an endpoint, or is to be. */
export function Deliveries({ endpoint }: { endpoint: string }) {
  const deliveries = useDeliveries(endpoint);
  const replay = useReplay(endpoint);
  const [opened, setOpened] = useState<Delivery | null>(null);
  return (
    <Section title={t("webhooks.deliveries")} flush>
      {replay.isError && <ProblemAlert error={replay.error} />}
      <Rows query={deliveries} empty={<Empty title={t("webhooks.noDeliveries")} />}>
        {(rows) => (
          <WideTable label={t("webhooks.deliveries")} minWidth={680}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("webhooks.event")}</Table.Th>
                <Table.Th>{t("webhooks.state")}</Table.Th>
                <Table.Th className="number">{t("webhooks.attempts")}</Table.Th>
                <Table.Th className="number">{t("webhooks.answer")}</Table.Th>
                <Table.Th>{t("webhooks.when")}</Table.Th>
                <ActionsHeader label={t("webhooks.actions")} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((delivery) => (
                <Table.Tr key={delivery.id}>
                  <Table.Td>
                    <Text size="sm" fw={550}>
                      {delivery.event}
                    </Text>
                    <Text size="xs" c="dimmed" ff="monospace">
                      {delivery.object_id}
                    </Text>
                  </Table.Td>
                  <Table.Td>
                    <Badge color={DELIVERY_STATES[delivery.state].color}>
                      {DELIVERY_STATES[delivery.state].label}
                    </Badge>
                  </Table.Td>
                  <Table.Td className="number">{delivery.attempts_count}</Table.Td>
                  <Table.Td className="number">{delivery.response_status ?? "–"}</Table.Td>
                  <Table.Td>
                    <Ago iso={delivery.created_at} />
                  </Table.Td>
                  <Table.Td className="number">
                    <Group gap={4} justify="flex-end" wrap="nowrap">
                      <Button size="compact-sm" variant="default" onClick={() => setOpened(delivery)}>
                        {t("webhooks.look")}
                      </Button>
                      {delivery.allowed_actions.includes("replay") && (
                        <Button
                          size="compact-sm"
                          variant="default"
                          loading={replay.isPending && replay.variables === delivery.id}
                          onClick={() => replay.mutate(delivery.id)}
                        >
                          {t("webhooks.replay")}
                        </Button>
                      )}
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </WideTable>
        )}
      </Rows>
      {opened && <DeliveryDialog delivery={opened} onClose={() => setOpened(null)} />}
    </Section>
  );
}

function DeliveryDialog({ delivery, onClose }: { delivery: Delivery; onClose: () => void }) {
  const detail = useDelivery(delivery.endpoint_id, delivery.id);
  return (
    <LazyModal opened onClose={onClose} title={delivery.event} size="lg" centered>
      <Loaded query={detail}>
        {({ payload, attempts }) => (
          <Stack gap="md">
            <Code block tabIndex={0}>
              {JSON.stringify(payload, null, 2)}
            </Code>
            {attempts.map((attempt) => (
              <Stack key={attempt.at} gap={4}>
                <Text size="sm">
                  <At iso={attempt.at} /> · {attempt.status ?? attempt.error} ·{" "}
                  {t("format.milliseconds", { n: attempt.duration_ms })}
                </Text>
                {(attempt.detail || attempt.response_excerpt) && (
                  <Code block tabIndex={0}>
                    {attempt.detail || attempt.response_excerpt}
                  </Code>
                )}
              </Stack>
            ))}
          </Stack>
        )}
      </Loaded>
    </LazyModal>
  );
}
