import { Badge, Group, Table, Text, ActionIcon } from "@mantine/core";
import { ActionsHeader } from "../../components/ActionsHeader.tsx";
import { IconDots } from "@tabler/icons-react";
import { useState } from "react";
import { Empty } from "../../components/Empty.tsx";
import { Ago } from "../../components/Moment.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatBytes, formatCount } from "../../format/number.ts";
import { formatMoment } from "../../format/time.ts";
import { knownText, t } from "../../i18n/index.ts";
import { type AdminWorker, useWorkers, type WorkerAction } from "./queries.ts";
import { SlotCells } from "./SlotCells.tsx";
import { WORKER_ACTIONS, WORKER_STATES } from "./words.ts";
import { WorkerDialog } from "./WorkerDialog.tsx";
import { LazyMenu } from "../../components/LazyMenu.tsx";

interface Asked {
  worker: AdminWorker;
  action: WorkerAction;
}

export function WorkersTable() {
  const workers = useWorkers();
  const [asked, setAsked] = useState<Asked | null>(null);
  return (
    <Section title={t("operators.workers")} flush>
      <Rows query={workers} empty={<Empty title={t("operators.noWorkers")} />}>
        {(rows) => (
          <WideTable label={t("operators.workers")} minWidth={760}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("operators.worker")}</Table.Th>
                <Table.Th>{t("operators.state")}</Table.Th>
                <Table.Th>{t("operators.slots")}</Table.Th>
                <Table.Th>{t("operators.hardware")}</Table.Th>
                <Table.Th>{t("operators.heardOf")}</Table.Th>
                <ActionsHeader label={t("operators.actions")} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows
                .filter(({ state }) => state !== "removed")
                .map((worker) => (
                  <WorkerRow
                    key={worker.id}
                    worker={worker}
                    onAsk={(action) => setAsked({ worker, action })}
                  />
                ))}
            </Table.Tbody>
          </WideTable>
        )}
      </Rows>
      {asked && <WorkerDialog {...asked} onClose={() => setAsked(null)} />}
    </Section>
  );
}

function WorkerRow({ worker, onAsk }: { worker: AdminWorker; onAsk: (action: WorkerAction) => void }) {
  const { label, color } = WORKER_STATES[worker.state];
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={550}>
          {worker.name}
        </Text>
        <Text size="xs" c="dimmed">
          {worker.pool}
        </Text>
      </Table.Td>
      <Table.Td className="wrap">
        <Group gap={6}>
          <Badge color={color}>{label}</Badge>
          {!worker.online && <Badge color="red">{t("operators.offline")}</Badge>}
          {!worker.has_room && <Badge color="yellow">{t("operators.diskFull")}</Badge>}
        </Group>
        {worker.state_reason && (
          <Text size="xs" c="dimmed" maw={260}>
            {worker.state_reason}
          </Text>
        )}
        {worker.retest_at && (
          <Text size="xs" c="dimmed">
            {t("operators.retestAt", { when: formatMoment(worker.retest_at) })}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <SlotCells worker={worker} />
      </Table.Td>
      <Table.Td>
        {hardwareOf(worker)}
        <Pretrained worker={worker} />
      </Table.Td>
      <Table.Td>
        <Ago iso={worker.last_heartbeat_at} />
      </Table.Td>
      <Table.Td className="number">
        <LazyMenu
          items={worker.allowed_actions.map((action) => ({
            label: WORKER_ACTIONS[action].label,
            onClick: () => onAsk(action),
          }))}
          target={(button) => (
            <ActionIcon
              {...button}
              variant="subtle"
              color="gray"
              aria-label={t("operators.actionsOn", { name: worker.name })}
            >
              <IconDots size={18} aria-hidden />
            </ActionIcon>
          )}
        />
      </Table.Td>
    </Table.Tr>
  );
}

/** The registered models on its disk, each with what it can learn and how large a language model is. */
function Pretrained({
  worker: { pretrained, pretrained_tasks: tasks, base_models: bases },
}: {
  worker: AdminWorker;
}) {
  if (pretrained.length === 0) return null;
  return (
    <Text component="ul" size="xs" c="dimmed" m={0} pl="md" aria-label={t("operators.pretrained")}>
      {pretrained.map((name) => {
        const base = bases[name];
        const facts = [
          ...(tasks[name] ?? []).map((task) => knownText(`terms.tasks.${task}`) ?? task),
          base && t("operators.baseModel", { parameters: formatCount(base.parameters), dtype: base.dtype }),
          base && formatBytes(base.stored_bytes),
          base?.context && t("operators.baseContext", { tokens: formatCount(base.context) }),
        ];
        return (
          <li key={name}>
            <b>{name}</b> {facts.filter(Boolean).join(" · ")}
          </li>
        );
      })}
    </Text>
  );
}

/** Such as `NVIDIA H200 · 141 GB`. */
function hardwareOf({ hardware }: AdminWorker): string {
  const { model, memory_bytes: memory } = hardware;
  const parts = [
    typeof model === "string" ? model : "",
    typeof memory === "number" && memory > 0 ? formatBytes(memory) : "",
  ];
  return parts.filter(Boolean).join(" · ") || "–";
}
