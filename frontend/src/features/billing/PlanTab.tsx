import { Badge, Button, Card, SimpleGrid, Stack, Text } from "@mantine/core";
import { At } from "../../components/At.tsx";
import { useState } from "react";
import { useMay } from "../../auth/me.ts";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { Empty } from "../../components/Empty.tsx";
import { Fact } from "../../components/Fact.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Money } from "../../components/Money.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Rows } from "../../components/Rows.tsx";
import { formatBytes, formatCount, formatFigure } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { type Plan, type PlanInForce, useChoosePlan, useOrganizationPlan, usePlans } from "./queries.ts";

/** The organization's plan, and those that it may choose. */
export function PlanTab() {
  const current = useOrganizationPlan();
  const plans = usePlans();
  const mayPay = useMay("billing.manage");
  const [choosing, setChoosing] = useState<Plan | null>(null);
  return (
    <Stack gap="lg" p="lg">
      <Loaded query={current}>{(found) => <InForce found={found} />}</Loaded>
      <Rows query={plans} empty={<Empty title={t("billing.noPlans")}>{t("billing.payAsYouGo")}</Empty>}>
        {(rows) => (
          <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }}>
            {rows.map((plan) => (
              <PlanCard
                key={plan.id}
                plan={plan}
                inForce={current.data?.plan?.id === plan.id}
                {...(mayPay ? { onChoose: () => setChoosing(plan) } : {})}
              />
            ))}
          </SimpleGrid>
        )}
      </Rows>
      {choosing && <ChooseDialog plan={choosing} onClose={() => setChoosing(null)} />}
    </Stack>
  );
}

function InForce({ found }: { found: PlanInForce }) {
  if (!found.plan) return null;
  return (
    <SimpleGrid component="dl" m={0} cols={{ base: 2, sm: 4 }} spacing="lg">
      <Fact label={t("billing.yourPlan")}>{found.plan.name}</Fact>
      <Fact label={t("billing.nextPlan")}>{found.next_plan?.name ?? t("billing.noPlan")}</Fact>
      <Fact label={t("billing.paidUntil")}>{found.paid_until ? <At iso={found.paid_until} /> : "–"}</Fact>
      <Fact label={t("billing.includedHours")}>
        {t("billing.ofAll", {
          n: formatFigure(found.used_slot_hours),
          all: formatFigure(found.included_slot_hours),
        })}
      </Fact>
    </SimpleGrid>
  );
}

const orNoLimit = (value: number | null, format: (value: number) => string) =>
  value === null ? t("billing.noLimit") : format(value);

function PlanCard({ plan, inForce, onChoose }: { plan: Plan; inForce: boolean; onChoose?: () => void }) {
  return (
    <Card component="section" aria-label={plan.name}>
      <Stack gap="sm" h="100%">
        <Text fw={600}>
          {plan.name} {inForce && <Badge color="green">{t("billing.inForce")}</Badge>}
        </Text>
        <Text fz={24} fw={600} lh={1.2}>
          <Money amount={plan.monthly_fee} currency={plan.currency} />{" "}
          <Text span size="sm" c="dimmed" fw={400}>
            {t("billing.perMonth")}
          </Text>
        </Text>
        {plan.description && (
          <Text size="sm" c="dimmed">
            {plan.description}
          </Text>
        )}
        <SimpleGrid component="dl" m={0} cols={2} spacing="xs">
          <Fact label={t("billing.includedHours")}>{formatCount(plan.included_slot_hours)}</Fact>
          <Fact label={t("billing.runningJobs")}>{orNoLimit(plan.max_running_jobs, formatCount)}</Fact>
          <Fact label={t("billing.members")}>{orNoLimit(plan.max_members, formatCount)}</Fact>
          <Fact label={t("billing.storedData")}>{orNoLimit(plan.max_stored_bytes, formatBytes)}</Fact>
        </SimpleGrid>
        {onChoose && !inForce && (
          <Button
            variant="default"
            mt="auto"
            onClick={onChoose}
            aria-label={t("billing.chooseNamed", { name: plan.name })}
          >
            {t("billing.choose")}
          </Button>
        )}
      </Stack>
    </Card>
  );
}

function ChooseDialog({ plan, onClose }: { plan: Plan; onClose: () => void }) {
  const choose = useChoosePlan();
  return (
    <ConfirmDialog
      title={t("billing.chooseNamed", { name: plan.name })}
      confirm={t("billing.choose")}
      busy={choose.isPending}
      onClose={onClose}
      onConfirm={() => choose.mutate(plan.id, { onSuccess: onClose })}
    >
      <Text size="sm">{t("billing.whatChoosingDoes")}</Text>
      {choose.isError && <ProblemAlert error={choose.error} />}
    </ConfirmDialog>
  );
}
