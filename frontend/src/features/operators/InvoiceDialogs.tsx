import { Checkbox, Text, TextInput } from "@mantine/core";
import { FormDialog } from "../../components/FormDialog.tsx";
import { useState } from "react";
import { sumOfMoney, typedMoney } from "../../format/money.ts";
import { t } from "../../i18n/index.ts";
import { useVoidInvoice } from "./dunningQueries.ts";
import { type AdminInvoice, useCreditInvoice, usePayInvoice } from "./queries.ts";

interface Props {
  invoice: { id: string; number: string; due: string; currency: string };
  onClose: () => void;
}

/** Enters money that came by another way; `due` of the invoice is what is suggested. */
export function PayDialog({ invoice, onClose }: Props) {
  const [amount, setAmount] = useState(invoice.due);
  const [reference, setReference] = useState("");
  const pay = usePayInvoice();
  const submit = () => {
    pay.mutate(
      { id: invoice.id, amount: typedMoney(amount), reference: reference.trim() },
      { onSuccess: onClose },
    );
  };
  return (
    <FormDialog
      title={t("operators.paymentOf", { number: invoice.number })}
      confirm={t("operators.enterPayment")}
      busy={pay.isPending}
      error={pay.error}
      onClose={onClose}
      onSubmit={submit}
    >
      <Text size="sm">{t("operators.whatPaymentDoes")}</Text>
      <TextInput
        label={t("operators.amountIn", { currency: invoice.currency })}
        inputMode="decimal"
        required
        withAsterisk={false}
        value={amount}
        onChange={(event) => setAmount(event.currentTarget.value)}
      />
      <TextInput
        label={t("operators.reference")}
        required
        withAsterisk={false}
        maxLength={100}
        value={reference}
        onChange={(event) => setReference(event.currentTarget.value)}
        data-autofocus
      />
    </FormDialog>
  );
}

/** Gives a part of an invoice back by a credit note; all that is left of it is what is suggested. */
export function CreditDialog({ invoice, onClose }: { invoice: AdminInvoice; onClose: () => void }) {
  const [amount, setAmount] = useState(sumOfMoney([invoice.total, `-${invoice.credited}`]));
  const [reason, setReason] = useState("");
  const credit = useCreditInvoice();
  const submit = () => {
    credit.mutate(
      { id: invoice.id, amount: typedMoney(amount), reason: reason.trim() },
      { onSuccess: onClose },
    );
  };
  return (
    <FormDialog
      title={t("operators.creditOf", { number: invoice.number })}
      confirm={t("operators.writeCreditNote")}
      busy={credit.isPending}
      error={credit.error}
      onClose={onClose}
      onSubmit={submit}
    >
      <Text size="sm">{t("operators.whatCreditNoteDoes")}</Text>
      <TextInput
        label={t("operators.amountIn", { currency: invoice.currency })}
        inputMode="decimal"
        required
        withAsterisk={false}
        value={amount}
        onChange={(event) => setAmount(event.currentTarget.value)}
      />
      <TextInput
        label={t("operators.reason")}
        required
        withAsterisk={false}
        maxLength={300}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        data-autofocus
      />
    </FormDialog>
  );
}

/** Makes an invoice void; with `reissue` another takes its place. */
export function VoidDialog({ invoice, onClose }: Props) {
  const [reason, setReason] = useState("");
  const [reissue, setReissue] = useState(false);
  const change = useVoidInvoice();
  const submit = () => {
    change.mutate({ id: invoice.id, reason: reason.trim(), reissue }, { onSuccess: onClose });
  };
  return (
    <FormDialog
      title={t("operators.voidOf", { number: invoice.number })}
      confirm={t("operators.voidInvoice")}
      color="red"
      busy={change.isPending}
      error={change.error}
      onClose={onClose}
      onSubmit={submit}
    >
      <Text size="sm">{t("operators.whatVoidDoes")}</Text>
      <TextInput
        label={t("operators.reason")}
        required
        withAsterisk={false}
        maxLength={300}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        data-autofocus
      />
      <Checkbox
        label={t("operators.reissue")}
        checked={reissue}
        onChange={(event) => setReissue(event.currentTarget.checked)}
      />
    </FormDialog>
  );
}
