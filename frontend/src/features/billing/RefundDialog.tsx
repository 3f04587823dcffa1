import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { asProblem } from "../../api/problem.ts";
import { LazyModal } from "../../components/LazyModal.tsx";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { shortMoney } from "../../format/money.ts";
import { t } from "../../i18n/index.ts";
import { useRefund } from "./queries.ts";

interface Props {
  /** What the API says: the same decimal is shown, offered and sent. */
  most: string;
  currency: string;
  onClose: () => void;
}

/** Sends unused paid credit back the way that it came. */
export function RefundDialog({ most, currency, onClose }: Props) {
  const [amount, setAmount] = useState(most);
  const refund = useRefund();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    refund.mutate(amount.trim().replace(",", "."));
  };
  const problem = refund.error ? asProblem(refund.error) : undefined;
  return (
    <LazyModal opened onClose={onClose} title={t("billing.refund")} centered>
      {refund.isSuccess ? (
        <Stack gap="md">
          <Alert color="green">{t("billing.refundBegun")}</Alert>
          <Group justify="flex-end">
            <Button onClick={onClose}>{t("common.close")}</Button>
          </Group>
        </Stack>
      ) : (
        <Stack component="form" onSubmit={submit} gap="md">
          {problem && !problem.field("amount") && <ProblemAlert error={problem} />}
          <Text size="sm">{t("billing.mostRefundable", { amount: shortMoney(most, currency) })}</Text>
          <TextInput
            label={t("billing.amountIn", { currency })}
            inputMode="decimal"
            required
            withAsterisk={false}
            value={amount}
            onChange={(event) => setAmount(event.currentTarget.value)}
            error={problem?.field("amount")}
            data-autofocus
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t("billing.notNow")}
            </Button>
            <Button type="submit" loading={refund.isPending}>
              {t("billing.sendBack")}
            </Button>
          </Group>
        </Stack>
      )}
    </LazyModal>
  );
}
