import { type KeyFigure, KeyFigures } from "../../components/KeyFigures.tsx";
import { Money } from "../../components/Money.tsx";
import { formatCount, formatPercent } from "../../format/number.ts";
import { shortMoney } from "../../format/money.ts";
import { t } from "../../i18n/index.ts";
import { JOB_STATES, STATE_WORDS } from "../../words/jobs.ts";
import { type Budget, useBudgets, useWallet } from "../billing/queries.ts";
import { useJobs } from "../jobs/queries.ts";
import { useMonth } from "./queries.ts";

const LIVE = JOB_STATES.filter((state) => STATE_WORDS[state].live);

/** The share of a budget that is used, 0 to 1 and beyond. */
const shareOf = ({ spent, amount }: Budget): number =>
  Number(amount) > 0 ? Number(spent) / Number(amount) : 0;

/** The key figures of an organization: money left, this month against its tightest budget, jobs that run. */
export function Figures() {
  const { data: wallet } = useWallet();
  const { data: month } = useMonth();
  const { data: budgets } = useBudgets();
  const { data: live } = useJobs(LIVE);
  if (!wallet) return null;
  const tightest = [...(budgets ?? [])].sort((a, b) => shareOf(b) - shareOf(a))[0];
  const share = tightest && shareOf(tightest);
  const figures: KeyFigure[] = [
    {
      label: t("home.available"),
      value: <Money amount={wallet.available} currency={wallet.currency} />,
    },
    {
      label: t("home.thisMonth"),
      value: month ? <Money amount={month.amount} currency={month.currency} /> : "–",
      note: tightest
        ? t("home.ofBudget", {
            share: formatPercent(shareOf(tightest)),
            amount: shortMoney(tightest.amount, wallet.currency),
            name: tightest.name,
          })
        : t("home.noBudget"),
      ...(share === undefined ? {} : { share }),
    },
    { label: t("home.runningCount"), value: live ? formatCount(live.length) : "–" },
  ];
  return <KeyFigures figures={figures} />;
}
