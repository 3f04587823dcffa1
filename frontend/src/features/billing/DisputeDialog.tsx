import { Text, Textarea, TextInput } from "@mantine/core";
import { FormDialog } from "../../components/FormDialog.tsx";
import { useState } from "react";
import { asProblem } from "../../api/problem.ts";
import { shortMoney, typedMoney } from "../../format/money.ts";
import { t } from "../../i18n/index.ts";
import { type Invoice, type InvoiceLine, useDisputeLine } from "./queries.ts";

interface Props {
  invoice: Invoice;
  line: InvoiceLine;
  onClose: () => void;
}

/** Contests a line, all that is left of it or less, for a reason; an operator decides. */
export function DisputeDialog({ invoice, line, onClose }: Props) {
  const [reason, setReason] = useState("");
  const [amount, setAmount] = useState(line.disputable);
  const dispute = useDisputeLine(invoice.id);
  const submit = () => {
    const asked = { line: line.position, reason: reason.trim(), amount: typedMoney(amount) };
    dispute.mutate(asked, { onSuccess: onClose });
  };
  const problem = dispute.error ? asProblem(dispute.error) : undefined;
  const onFields = problem?.field("amount") ?? problem?.field("reason");
  return (
    <FormDialog
      title={t("billing.disputeLine")}
      confirm={t("billing.openDispute")}
      busy={dispute.isPending}
      error={onFields ? null : problem}
      onClose={onClose}
      onSubmit={submit}
    >
      <Text size="sm" fw={550}>
        {line.job_name ?? line.description}
      </Text>
      <Text size="sm">{t("billing.whatDisputingDoes")}</Text>
      <Textarea
        label={t("billing.disputeReason")}
        required
        withAsterisk={false}
        rows={3}
        maxLength={1000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        error={problem?.field("reason")}
        data-autofocus
      />
      <TextInput
        label={t("billing.amountIn", { currency: invoice.currency })}
        description={t("billing.mostDisputable", {
          amount: shortMoney(line.disputable, invoice.currency),
        })}
        inputMode="decimal"
        required
        withAsterisk={false}
        value={amount}
        onChange={(event) => setAmount(event.currentTarget.value)}
        error={problem?.field("amount")}
      />
    </FormDialog>
  );
}
