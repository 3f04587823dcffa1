import { Card, Progress, SimpleGrid, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Money } from "../../components/Money.tsx";
import { formatCount, formatPercent } from "../../format/number.ts";
import { exactMoney } from "../../format/money.ts";
import { t } from "../../i18n/index.ts";
import { JOB_STATES, STATE_WORDS } from "../../words/jobs.ts";
import { type Budget, useBudgets, useWallet } from "../billing/queries.ts";
import { useJobs } from "../jobs/queries.ts";
import { useMonth } from "./queries.ts";

const LIVE = JOB_STATES.filter((state) => STATE_WORDS[state].live);

/** The share of a budget that is used, 0 to 1 and beyond. */
export const shareOf = ({ spent, amount }: Budget): number =>
  Number(amount) > 0 ? Number(spent) / Number(amount) : 0;

/** The key figures of an organization: money left, this month against its tightest budget, jobs that run. */
export function Figures() {
  const { data: wallet } = useWallet();
  const { data: month } = useMonth();
  const { data: budgets } = useBudgets();
  const { data: live } = useJobs(LIVE);
  if (!wallet) return null;
  const tightest = [...(budgets ?? [])].sort((a, b) => shareOf(b) - shareOf(a))[0];
  return (
    <SimpleGrid component="dl" m={0} cols={{ base: 1, xs: 3 }} spacing="sm">
      <Figure label={t("home.available")}>
        <Money amount={wallet.available} currency={wallet.currency} />
      </Figure>
      <Figure
        label={t("home.thisMonth")}
        note={
          tightest
            ? t("home.ofBudget", {
                share: formatPercent(shareOf(tightest)),
                amount: exactMoney(tightest.amount, wallet.currency),
                name: tightest.name,
              })
            : t("home.noBudget")
        }
        share={tightest && shareOf(tightest)}
      >
        {month ? <Money amount={month.amount} currency={month.currency} /> : "–"}
      </Figure>
      <Figure label={t("home.runningCount")}>{live ? formatCount(live.length) : "–"}</Figure>
    </SimpleGrid>
  );
}

interface FigureProps {
  label: string;
  children: ReactNode;
  note?: string;
  share?: number | undefined;
}

function Figure({ label, children, note, share }: FigureProps) {
  return (
    <Card padding="md">
      <dt className="label">{label}</dt>
      <Text component="dd" m={0} fz={{ base: 22, sm: 28 }} fw={600} lh={1.4}>
        {children}
        {note && (
          <Text span display="block" size="xs" c="dimmed" fw={400}>
            {note}
          </Text>
        )}
        {share !== undefined && (
          <Progress
            mt={6}
            size="xs"
            value={Math.min(share, 1) * 100}
            color={share >= 1 ? "red" : share >= 0.8 ? "yellow" : "blue"}
            aria-label={note}
          />
        )}
      </Text>
    </Card>
  );
}
