import { shortMoney } from "../../format/money.ts";
import { t } from "../../i18n/index.ts";
import { AmountDialog } from "./AmountDialog.tsx";
import { useRefund } from "./queries.ts";

interface Props {
  /** What the API says: the same decimal is shown, offered and sent. */
  most: string;
  currency: string;
  onClose: () => void;
}

/** Sends unused paid credit back the way that it came. */
export function RefundDialog({ most, currency, onClose }: Props) {
  const refund = useRefund();
  return (
    <AmountDialog
      title={t("billing.refund")}
      send={t("billing.sendBack")}
      currency={currency}
      amount={most}
      hint={t("billing.mostRefundable", { amount: shortMoney(most, currency) })}
      done={refund.isSuccess ? t("billing.refundBegun") : undefined}
      error={refund.error}
      isPending={refund.isPending}
      onSend={(amount) => refund.mutate(amount)}
      onClose={onClose}
    />
  );
}
