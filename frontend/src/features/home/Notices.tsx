import { Alert, Anchor, List, Text } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { Link } from "react-router";
import { paths } from "../../app/paths.ts";
import { useMay } from "../../auth/me.ts";
import { exactMoney } from "../../format/money.ts";
import { formatPercent } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { useBudgets, useWallet } from "../billing/queries.ts";
import { shareOf } from "./Figures.tsx";
import { useJobsToLookAt } from "./queries.ts";

const FULL = 0.8;
const SHOWN = 4;
const DAY_MS = 86_400_000;

interface Notice {
  key: string;
  to: string;
  text: string;
}

/** What somebody has to look at: budgets that are nearly used, jobs of today that failed or wait for somebody. */
export function Notices() {
  const mayPay = useMay("billing.read");
  const notices = [...useJobNotices(), ...useBudgetNotices(mayPay)];
  if (notices.length === 0) return null;
  return (
    <Alert color="yellow" icon={<IconBell aria-hidden />} title={t("home.notices")} role="region">
      <List size="sm" spacing={4} listStyleType="none">
        {notices.slice(0, SHOWN).map(({ key, to, text }) => (
          <List.Item key={key}>
            <Anchor component={Link} to={to} size="sm">
              <Text span size="sm" style={{ overflowWrap: "anywhere" }}>
                {text}
              </Text>
            </Anchor>
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

function useJobNotices(): Notice[] {
  const { data: jobs, dataUpdatedAt } = useJobsToLookAt();
  const since = new Date(dataUpdatedAt - DAY_MS).toISOString();
  return (jobs?.data ?? [])
    .filter(({ created_at, finished_at }) => (finished_at ?? created_at) > since)
    .map(({ id, name, state, error }) => ({
      key: id,
      to: paths.job(id),
      text:
        state === "failed"
          ? t("home.jobFailed", { name, message: error?.message ?? "" })
          : t("home.jobPaused", { name }),
    }));
}

function useBudgetNotices(mayPay: boolean): Notice[] {
  const { data: budgets } = useBudgets(mayPay);
  const currency = useWallet(mayPay).data?.currency;
  if (!currency) return [];
  return (budgets ?? [])
    .filter((budget) => shareOf(budget) >= FULL)
    .map((budget) => ({
      key: budget.id,
      to: paths.budgets,
      text: t("home.budgetPassed", {
        name: budget.name,
        share: formatPercent(shareOf(budget)),
        amount: exactMoney(budget.amount, currency),
      }),
    }));
}
