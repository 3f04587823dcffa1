import { Button, Group, Table, Text } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Rows } from "../../components/Rows.tsx";
import { Section } from "../../components/Section.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { formatFigure } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { type Quota, usePools, useQuotas, useSetQuota } from "./queries.ts";
import { LazySelect } from "../../components/LazySelect.tsx";
import { NumberField } from "../../components/NumberField.tsx";

const NONE = (
  <Text size="sm" c="dimmed" px="md" pb="sm" component="p" m={0} children={t("operators.noQuotas")} />
);

/** What an organization may have of each pool. */
export function Quotas({ organization }: { organization: string }) {
  const quotas = useQuotas(organization);
  return (
    <Section title={t("operators.quotas")} flush>
      <Rows query={quotas} empty={NONE}>
        {(rows) => (
          <WideTable label={t("operators.quotas")} minWidth={560}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("operators.pool")}</Table.Th>
                <Table.Th className="number">{t("operators.weight")}</Table.Th>
                <Table.Th className="number">{t("operators.guaranteedSlots")}</Table.Th>
                <Table.Th className="number">{t("operators.mostRunning")}</Table.Th>
                <Table.Th className="number">{t("operators.usedSlotHours")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((quota) => (
                <Table.Tr key={quota.pool}>
                  <Table.Td>{quota.pool}</Table.Td>
                  <Table.Td className="number">{formatFigure(quota.weight)}</Table.Td>
                  <Table.Td className="number">{quota.guaranteed_slots}</Table.Td>
                  <Table.Td className="number">{quota.max_running_jobs ?? t("operators.noLimit")}</Table.Td>
                  <Table.Td className="number">{formatFigure(quota.used_slot_seconds / 3600)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </WideTable>
        )}
      </Rows>
      <NewQuota organization={organization} quotas={quotas.data ?? []} />
    </Section>
  );
}

function NewQuota({ organization, quotas }: { organization: string; quotas: Quota[] }) {
  const pools = usePools();
  const set = useSetQuota(organization);
  const [pool, setPool] = useState<string | null>(null);
  return (
    <>
      {set.isError && <ProblemAlert error={set.error} />}
      <Group gap="sm" align="flex-end" px="md" py="sm">
        <LazySelect
          label={t("operators.pool")}
          data={pools.data?.map(({ name }) => name) ?? []}
          value={pool}
          onChange={setPool}
          w={150}
        />
        {pool && (
          <QuotaFields
            key={pool}
            current={quotas.find((quota) => quota.pool === pool)}
            busy={set.isPending}
            onSet={(quota) => set.mutate({ pool, ...quota })}
          />
        )}
      </Group>
    </>
  );
}

type Values = Pick<Quota, "weight" | "guaranteed_slots" | "max_running_jobs">;

/** Begins with what is set now, so that who changes one figure keeps the others. */
function QuotaFields(props: { current: Quota | undefined; busy: boolean; onSet: (values: Values) => void }) {
  const { current, busy, onSet } = props;
  const [weight, setWeight] = useState<number | string>(current?.weight ?? 1);
  const [guaranteed, setGuaranteed] = useState<number | string>(current?.guaranteed_slots ?? 0);
  const [running, setRunning] = useState<number | string>(current?.max_running_jobs ?? "");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onSet({
      weight: Number(weight),
      guaranteed_slots: Number(guaranteed),
      max_running_jobs: running === "" ? null : Number(running),
    });
  };
  return (
    <Group component="form" onSubmit={submit} gap="sm" align="flex-end">
      <NumberField
        label={t("operators.weight")}
        min={0.01}
        max={1000}
        value={weight}
        onChange={setWeight}
        required
        withAsterisk={false}
        w={110}
      />
      <NumberField
        label={t("operators.guaranteedSlots")}
        min={0}
        allowDecimal={false}
        value={guaranteed}
        onChange={setGuaranteed}
        w={140}
      />
      <NumberField
        label={t("operators.mostRunning")}
        placeholder={t("operators.noLimit")}
        min={0}
        allowDecimal={false}
        value={running}
        onChange={setRunning}
        w={160}
      />
      <Button type="submit" variant="default" loading={busy}>
        {t("operators.setQuota")}
      </Button>
    </Group>
  );
}
