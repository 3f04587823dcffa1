import { Text, TextInput } from "@mantine/core";
import { typedMoney } from "../../format/money.ts";
import { FormDialog } from "../../components/FormDialog.tsx";
import { useState } from "react";
import { paths } from "../../app/paths.ts";
import { t } from "../../i18n/index.ts";
import { type Tenant, useGrantCredit, useImpersonate, useSuspend } from "./queries.ts";

interface Props {
  tenant: Tenant;
  onClose: () => void;
}

/** Looking at an organization as a viewer of it does; it sees who looked and why. */
export function LookDialog({ tenant, onClose }: Props) {
  const [reason, setReason] = useState("");
  const look = useImpersonate(tenant.id);
  return (
    <FormDialog
      title={t("operators.lookAt", { name: tenant.name })}
      confirm={t("operators.look")}
      busy={look.isPending}
      error={look.error}
      onClose={onClose}
      // A fresh page: nothing of the operator's own stays in memory.
      onSubmit={() => look.mutate(reason.trim(), { onSuccess: () => window.location.assign(paths.home) })}
    >
      <Text size="sm">{t("operators.whatLookingDoes")}</Text>
      <TextInput
        label={t("operators.reason")}
        description={t("operators.tenantSeesReason")}
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

export function CreditDialog({ tenant, onClose }: Props) {
  const [amount, setAmount] = useState("");
  const grant = useGrantCredit(tenant.id);
  return (
    <FormDialog
      title={t("operators.creditFor", { name: tenant.name })}
      confirm={t("operators.giveCredit")}
      busy={grant.isPending}
      error={grant.error}
      onClose={onClose}
      onSubmit={() => grant.mutate(typedMoney(amount), { onSuccess: onClose })}
    >
      <TextInput
        label={t("operators.amountIn", { currency: tenant.wallet.currency })}
        description={t("operators.promotionalOnly")}
        inputMode="decimal"
        required
        withAsterisk={false}
        value={amount}
        onChange={(event) => setAmount(event.currentTarget.value)}
        data-autofocus
      />
    </FormDialog>
  );
}

export function SuspendDialog({ tenant, onClose }: Props) {
  const suspends = tenant.allowed_actions.includes("suspend");
  const change = useSuspend(tenant.id);
  const label = suspends ? t("operators.suspend") : t("operators.reactivate");
  return (
    <FormDialog
      title={t("operators.actOn", { action: label, name: tenant.name })}
      confirm={label}
      busy={change.isPending}
      error={change.error}
      onClose={onClose}
      onSubmit={() => change.mutate(suspends, { onSuccess: onClose })}
    >
      <Text size="sm">{suspends ? t("operators.whatSuspendDoes") : t("operators.whatReactivateDoes")}</Text>
    </FormDialog>
  );
}
