import { Button, Checkbox, Group, Stack, Text, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { LazyModal } from "../../components/LazyModal.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { sumOfMoney } from "../../format/money.ts";
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
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    pay.mutate(
      { id: invoice.id, amount: amount.trim(), reference: reference.trim() },
      { onSuccess: onClose },
    );
  };
  return (
    <LazyModal opened onClose={onClose} title={t("operators.paymentOf", { number: invoice.number })} centered>
      <Stack component="form" onSubmit={submit} gap="md">
        {pay.isError && <ProblemAlert error={pay.error} />}
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
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("operators.notNow")}
          </Button>
          <Button type="submit" loading={pay.isPending}>
            {t("operators.enterPayment")}
          </Button>
        </Group>
      </Stack>
    </LazyModal>
  );
}

/** Gives a part of an invoice back by a credit note; all that is left of it is what is suggested. */
export function CreditDialog({ invoice, onClose }: { invoice: AdminInvoice; onClose: () => void }) {
  const [amount, setAmount] = useState(sumOfMoney([invoice.total, `-${invoice.credited}`]));
  const [reason, setReason] = useState("");
  const credit = useCreditInvoice();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    credit.mutate({ id: invoice.id, amount: amount.trim(), reason: reason.trim() }, { onSuccess: onClose });
  };
  return (
    <LazyModal opened onClose={onClose} title={t("operators.creditOf", { number: invoice.number })} centered>
      <Stack component="form" onSubmit={submit} gap="md">
        {credit.isError && <ProblemAlert error={credit.error} />}
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
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("operators.notNow")}
          </Button>
          <Button type="submit" loading={credit.isPending}>
            {t("operators.writeCreditNote")}
          </Button>
        </Group>
      </Stack>
    </LazyModal>
  );
}

/** Makes an invoice void; with `reissue` another takes its place. */
export function VoidDialog({ invoice, onClose }: Props) {
  const [reason, setReason] = useState("");
  const [reissue, setReissue] = useState(false);
  const change = useVoidInvoice();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    change.mutate({ id: invoice.id, reason: reason.trim(), reissue }, { onSuccess: onClose });
  };
  return (
    <LazyModal opened onClose={onClose} title={t("operators.voidOf", { number: invoice.number })} centered>
      <Stack component="form" onSubmit={submit} gap="md">
        {change.isError && <ProblemAlert error={change.error} />}
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
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t("operators.notNow")}
          </Button>
          <Button type="submit" color="red" loading={change.isPending}>
            {t("operators.voidInvoice")}
          </Button>
        </Group>
      </Stack>
    </LazyModal>
  );
}
