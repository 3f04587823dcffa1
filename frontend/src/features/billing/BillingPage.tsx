import { Button, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { paths } from "../../app/paths.ts";
import { useMay } from "../../auth/me.ts";
import { KeyFigures } from "../../components/KeyFigures.tsx";
import { Loaded } from "../../components/Loaded.tsx";
import { Money } from "../../components/Money.tsx";
import { Page } from "../../components/Page.tsx";
import { RoutedTabs } from "../../components/RoutedTabs.tsx";
import { t } from "../../i18n/index.ts";
import { useMostRefundable, useWallet, type Wallet } from "./queries.ts";
import { RefundDialog } from "./RefundDialog.tsx";
import { TopUpDialog } from "./TopUpDialog.tsx";

const FIGURES: { key: "available" | "held" | "spent"; label: string; note: string }[] = [
  { key: "available", label: t("billing.available"), note: t("billing.mayBeSpentOn") },
  { key: "held", label: t("billing.reserved"), note: t("billing.heldForJobsUp") },
  { key: "spent", label: t("billing.spent"), note: t("billing.billedForKeptWork") },
];

const TABS = [
  { to: paths.billing, label: t("billing.usage") },
  { to: paths.ledger, label: t("billing.ledger") },
  { to: paths.invoices, label: t("billing.invoices") },
  { to: paths.plan, label: t("billing.plan") },
  { to: paths.budgets, label: t("billing.budgets") },
];

export function BillingPage() {
  const wallet = useWallet();
  const mayPay = useMay("billing.manage");
  const [paying, dialog] = useDisclosure(false);
  const [refunding, refund] = useDisclosure(false);
  const most = useMostRefundable(mayPay).data;
  return (
    <Page
      title={t("billing.billing")}
      actions={
        mayPay && (
          <Group gap="xs">
            {most !== undefined && Number(most) > 0 && (
              <Button size="sm" variant="default" onClick={refund.open}>
                {t("billing.refund")}
              </Button>
            )}
            <Button size="sm" onClick={dialog.open}>
              {t("billing.topUp")}
            </Button>
          </Group>
        )
      }
    >
      <Loaded query={wallet}>{(found) => <Figures wallet={found} />}</Loaded>
      <RoutedTabs tabs={TABS} framed />
      {paying && wallet.data && <TopUpDialog currency={wallet.data.currency} onClose={dialog.close} />}
      {refunding && wallet.data && most !== undefined && (
        <RefundDialog most={most} currency={wallet.data.currency} onClose={refund.close} />
      )}
    </Page>
  );
}

function Figures({ wallet }: { wallet: Wallet }) {
  return (
    <KeyFigures
      figures={FIGURES.map(({ key, label, note }) => ({
        label,
        value: <Money amount={wallet[key]} currency={wallet.currency} />,
        note,
      }))}
    />
  );
}
