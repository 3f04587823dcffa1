import { Anchor, Badge, Button, Group, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { Empty } from "../../components/Empty.tsx";
import { Ago } from "../../components/Moment.tsx";
import { Page } from "../../components/Page.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatFigure } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { type PoolQueue, useQueues, useWhatIf } from "./queries.ts";
import { NumberField } from "../../components/NumberField.tsx";

const TIERS = {
  starving: t("operators.tiers.starving"),
  guaranteed: t("operators.tiers.guaranteed"),
  fair_share: t("operators.tiers.fair_share"),
} as const;

/** Who holds what of each pool, who waits, and who comes next for which reason. */
export function QueuePage() {
  const queues = useQueues();
  return (
    <Page title={t("shell.queue")}>
      <Rows query={queues} empty={<Empty title={t("operators.noPools")} />}>
        {(pools) => (
          <Stack gap="lg">
            {pools.map((queue) => (
              <QueueSection key={queue.pool_id} queue={queue} />
            ))}
          </Stack>
        )}
      </Rows>
    </Page>
  );
}

function QueueSection({ queue }: { queue: PoolQueue }) {
  const [weights, setWeights] = useState<Record<string, number> | null>(null);
  const tried = useWhatIf();
  const shown = weights && tried.data ? tried.data : queue;
  const before = new Map(queue.organizations.map((one) => [one.id, one.fair_slots]));
  const stop = () => {
    setWeights(null);
    tried.reset();
  };
  return (
    <Section
      title={queue.pool}
      flush
      aside={
        <Group gap="sm">
          <Text size="sm" c="dimmed" className="figures">
            {t("operators.slotsOf", { n: queue.slots_taken, all: queue.slots })} ·{" "}
            {t("operators.waiting", { count: queue.queued_jobs })}
          </Text>
          {queue.organizations.length > 0 &&
            (weights ? (
              <>
                <Button
                  size="compact-sm"
                  loading={tried.isPending}
                  onClick={() => tried.mutate({ pool: queue.pool, weights })}
                >
                  {t("operators.tryWeights")}
                </Button>
                <Button size="compact-sm" variant="default" onClick={stop}>
                  {t("operators.stopTrying")}
                </Button>
              </>
            ) : (
              <Button size="compact-sm" variant="default" onClick={() => setWeights({})}>
                {t("operators.whatIf")}
              </Button>
            ))}
        </Group>
      }
    >
      {tried.isError && <ProblemAlert error={tried.error} />}
      {weights && (
        <Text size="xs" c="dimmed" px="lg" pb="xs">
          {t("operators.whatIfHelp")}
        </Text>
      )}
      {shown.organizations.length === 0 ? (
        <Text size="sm" c="dimmed" px="lg" pb="lg">
          {t("operators.nobodyWaits")}
        </Text>
      ) : (
        <QueueTable
          queue={shown}
          before={weights ? before : null}
          weights={weights}
          onWeight={(id, weight) => setWeights({ ...weights, [id]: weight })}
        />
      )}
    </Section>
  );
}

interface TableProps {
  queue: PoolQueue;
  /** The shares as they are, while others are tried. */
  before: Map<string, number> | null;
  weights: Record<string, number> | null;
  onWeight: (id: string, weight: number) => void;
}

function QueueTable({ queue, before, weights, onWeight }: TableProps) {
  return (
    <WideTable label={t("operators.queueOf", { pool: queue.pool })} minWidth={900}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("operators.tenant")}</Table.Th>
          <Table.Th className="number">{t("operators.weight")}</Table.Th>
          <Table.Th className="number">{t("operators.fairSlots")}</Table.Th>
          <Table.Th className="number">{t("operators.held")}</Table.Th>
          <Table.Th className="number">{t("operators.guaranteed")}</Table.Th>
          <Table.Th className="number">{t("operators.usedSlotHours")}</Table.Th>
          <Table.Th className="number">{t("operators.queued")}</Table.Th>
          <Table.Th>{t("operators.oldest")}</Table.Th>
          <Table.Th>{t("operators.nextBy")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {queue.organizations.map((one) => (
          <Table.Tr key={one.id}>
            <Table.Td>
              <Anchor component={Link} to={paths.tenant(one.id)} size="sm" fw={550}>
                {one.name}
              </Anchor>
            </Table.Td>
            <Table.Td className="number">
              {weights ? (
                <NumberField
                  aria-label={t("operators.weightOf", { name: one.name })}
                  size="xs"
                  w={90}
                  ml="auto"
                  min={0.01}
                  max={1000}
                  value={weights[one.id] ?? one.weight}
                  onChange={(value) => typeof value === "number" && onWeight(one.id, value)}
                />
              ) : (
                formatFigure(one.weight)
              )}
            </Table.Td>
            <Table.Td className="number">
              {before &&
                before.get(one.id) !== one.fair_slots &&
                `${formatFigure(before.get(one.id) ?? 0)} → `}
              {formatFigure(one.fair_slots)}
            </Table.Td>
            <Table.Td className="number">{one.held_slots}</Table.Td>
            <Table.Td className="number">{one.guaranteed_slots}</Table.Td>
            <Table.Td className="number">{formatFigure(one.used_slot_seconds / 3600)}</Table.Td>
            <Table.Td className="number">{one.queued_jobs}</Table.Td>
            <Table.Td>{one.oldest_queued_at ? <Ago iso={one.oldest_queued_at} /> : "–"}</Table.Td>
            <Table.Td>
              {one.priority_tier ? (
                <Badge color={one.priority_tier === "starving" ? "yellow" : "gray"}>
                  {TIERS[one.priority_tier]}
                </Badge>
              ) : (
                "–"
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}
