import { SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { At } from "../../components/At.tsx";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";
import { Fact } from "../../components/Fact.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { Section } from "../../components/Section.tsx";
import { formatFigure } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { usePlans, useSetTenantPlan, useTenantPlan } from "./planQueries.ts";
import { LazySelect } from "../../components/LazySelect.tsx";

/** The plan that an organization is on; an operator may put it on any. */
export function TenantPlan({ organization }: { organization: string }) {
  const plan = useTenantPlan(organization);
  const plans = usePlans();
  const set = useSetTenantPlan(organization);
  /** A plan's id, or `null` for none, while it waits to be confirmed. */
  const [chosen, setChosen] = useState<string | null>();
  return (
    <Section title={t("operators.plan")}>
      <Loaded query={plan}>
        {(found) => (
          <Stack gap="md">
            {set.isError && <ProblemAlert error={set.error} />}
            <SimpleGrid component="dl" m={0} cols={{ base: 2, sm: 4 }} spacing="lg">
              <Fact label={t("operators.plan")}>{found.plan?.name ?? t("operators.noPlan")}</Fact>
              <Fact label={t("operators.nextPlan")}>{found.next_plan?.name ?? t("operators.noPlan")}</Fact>
              <Fact label={t("operators.paidUntil")}>
                {found.paid_until ? <At iso={found.paid_until} /> : "–"}
              </Fact>
              <Fact label={t("operators.includedUsed")}>
                {t("operators.ofAll", {
                  n: formatFigure(found.used_slot_hours),
                  all: formatFigure(found.included_slot_hours),
                })}
              </Fact>
            </SimpleGrid>
            {plans.data && plans.data.length > 0 && (
              <LazySelect
                label={t("operators.putOnPlan")}
                data={plans.data.map(({ id, name }) => ({ value: id, label: name }))}
                value={found.next_plan?.id ?? null}
                onChange={setChosen}
                clearable
                maw={280}
              />
            )}
            {chosen !== undefined && (
              <ConfirmDialog
                title={t("operators.changePlan")}
                confirm={t("operators.changePlan")}
                busy={set.isPending}
                onClose={() => setChosen(undefined)}
                onConfirm={() => set.mutate(chosen, { onSettled: () => setChosen(undefined) })}
              >
                <Text size="sm">
                  {t("operators.fromPlanTo", {
                    from: found.next_plan?.name ?? t("operators.noPlan"),
                    to: plans.data?.find(({ id }) => id === chosen)?.name ?? t("operators.noPlan"),
                  })}
                </Text>
                <Text size="sm" mt="xs">
                  {t("operators.whatPlanDoes")}
                </Text>
              </ConfirmDialog>
            )}
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}
