import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { asProblem } from "../../api/problem.ts";
import { DialogForm } from "../../components/FormDialog.tsx";
import { LazyModal } from "../../components/LazyModal.tsx";
import { typedMoney } from "../../format/money.ts";
import { t } from "../../i18n/index.ts";

interface Props {
  title: string;
  /** What the button says that sends the amount. */
  send: string;
  currency: string;
  /** What stands in the field at first. */
  amount?: string;
  hint?: string;
  /** What is told instead of the form, once it is so. */
  done: string | undefined;
  error: Error | null;
  isPending: boolean;
  /** Is given the amount as the API takes it. */
  onSend: (amount: string) => void;
  onClose: () => void;
}

/** Asks for an amount of money. */
export function AmountDialog({
  title,
  send,
  currency,
  hint,
  done,
  error,
  isPending,
  onSend,
  onClose,
  ...first
}: Props) {
  const [amount, setAmount] = useState(first.amount ?? "");
  const problem = error ? asProblem(error) : undefined;
  return (
    <LazyModal opened onClose={onClose} title={title} centered>
      {done ? (
        <Stack gap="md">
          <Alert color="green">{done}</Alert>
          <Group justify="flex-end">
            <Button onClick={onClose}>{t("common.close")}</Button>
          </Group>
        </Stack>
      ) : (
        <DialogForm
          confirm={send}
          busy={isPending}
          error={problem?.field("amount") ? null : problem}
          onClose={onClose}
          onSubmit={() => onSend(typedMoney(amount))}
        >
          {hint && <Text size="sm">{hint}</Text>}
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
        </DialogForm>
      )}
    </LazyModal>
  );
}
