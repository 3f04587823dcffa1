import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import type { Schemas } from "../../api/client.ts";
import { useMay } from "../../auth/me.ts";
import { shortMoney } from "../../format/money.ts";
import { loadTexts, t } from "../../i18n/index.ts";

/** Loaded when somebody wants to pay. */
const TopUpDialog = lazy(async () => {
  await loadTexts(["billing"]);
  return { default: (await import("../billing/TopUpDialog.tsx")).TopUpDialog };
});

interface Props {
  quote: Schemas["Quote"];
  /** Lets the job cost no more than this. */
  onCap: (amount: string) => void;
}

/** What to do where the wallet does not cover the cap: add credit, or spend no more than there is. */
export function NotAffordable({ quote: { available, currency }, onCap }: Props) {
  const mayPay = useMay("billing.manage");
  const queryClient = useQueryClient();
  const [paying, dialog] = useDisclosure(false);
  const isEmpty = Number(available) <= 0;
  const close = () => {
    dialog.close();
    void queryClient.invalidateQueries({ queryKey: ["quote"] });
  };
  const advice = mayPay ? t("newJob.lowerSpendAtMost") : t("newJob.lowerOrAskAnOwner");
  const adviceWhenEmpty = mayPay ? t("newJob.addCreditFirst") : t("newJob.askAnOwnerForCredit");
  return (
    <Alert color="yellow" title={isEmpty ? t("newJob.theWalletIsEmpty") : t("newJob.theWalletDoesNot")}>
      <Stack gap="sm">
        <Text size="sm">{isEmpty ? adviceWhenEmpty : advice}</Text>
        <Group gap="xs">
          {mayPay && (
            <Button size="compact-sm" variant={isEmpty ? "filled" : "default"} onClick={dialog.open}>
              {t("newJob.topUp")}
            </Button>
          )}
          {!isEmpty && (
            <Button size="compact-sm" variant="default" onClick={() => onCap(available)}>
              {t("newJob.spendAtMostThis", { amount: shortMoney(available, currency) })}
            </Button>
          )}
        </Group>
      </Stack>
      <Suspense>{paying && <TopUpDialog currency={currency} onClose={close} />}</Suspense>
    </Alert>
  );
}
