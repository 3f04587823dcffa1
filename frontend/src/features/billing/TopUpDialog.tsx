import { shortMoney } from "../../format/money.ts";
import { t } from "../../i18n/index.ts";
import { AmountDialog } from "./AmountDialog.tsx";
import { useTopUp } from "./queries.ts";

/** Adds credit; where a person has to pay for it first, on the provider's page. */
export function TopUpDialog({ currency, onClose }: { currency: string; onClose: () => void }) {
  const topUp = useTopUp();
  const send = (amount: string) =>
    topUp.mutate(amount, {
      onSuccess: ({ checkout_url }) => {
        if (checkout_url) window.location.assign(checkout_url);
      },
    });
  const settled = topUp.data?.state === "settled" ? topUp.data : undefined;
  return (
    <AmountDialog
      title={t("billing.topUp")}
      send={t("billing.pay")}
      currency={currency}
      done={settled && t("billing.added", { amount: shortMoney(settled.amount, settled.currency) })}
      error={topUp.error}
      isPending={topUp.isPending}
      onSend={send}
      onClose={onClose}
    />
  );
}
