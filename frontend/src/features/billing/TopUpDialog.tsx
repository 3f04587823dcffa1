import { Alert, Button, Group, Stack, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { asProblem } from "../../api/problem.ts";
import { ProblemAlert } from "../../components/ProblemAlert.tsx";
import { shortMoney } from "../../format/money.ts";
import { t } from "../../i18n/index.ts";
import { useTopUp } from "./queries.ts";
import { LazyModal } from "../../components/LazyModal.tsx";

/** Adds credit; where a person has to pay for it first, on the provider's page. */
export function TopUpDialog({ currency, onClose }: { currency: string; onClose: () => void }) {
  const [amount, setAmount] = useState("");
  const topUp = useTopUp();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    topUp.mutate(amount.trim().replace(",", "."), {
      onSuccess: ({ checkout_url }) => {
        if (checkout_url) window.location.assign(checkout_url);
      },
    });
  };
  const problem = topUp.error ? asProblem(topUp.error) : undefined;
  const settled = topUp.data?.state === "settled" ? topUp.data : undefined;
  return (
    <LazyModal opened onClose={onClose} title={t("billing.topUp")} centered>
      {settled ? (
        <Stack gap="md">
          <Alert color="green">
            {t("billing.added", { amount: shortMoney(settled.amount, settled.currency) })}
          </Alert>
          <Group justify="flex-end">
            <Button onClick={onClose}>{t("common.close")}</Button>
          </Group>
        </Stack>
      ) : (
        <Stack component="form" onSubmit={submit} gap="md">
          {problem && !problem.field("amount") && <ProblemAlert error={problem} />}
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
            <Button type="submit" loading={topUp.isPending}>
              {t("billing.pay")}
            </Button>
          </Group>
        </Stack>
      )}
    </LazyModal>
  );
}
