import { Badge, type MantineColor, Text } from "@mantine/core";
import type { Schemas } from "../../api/client.ts";
import { At } from "../../components/At.tsx";
import { Money } from "../../components/Money.tsx";
import { t } from "../../i18n/index.ts";

type Dispute = Schemas["Dispute"];

const STATES: Record<Dispute["state"], { label: string; color: MantineColor }> = {
  open: { label: t("billing.disputeStates.open"), color: "yellow" },
  approved: { label: t("billing.disputeStates.approved"), color: "green" },
  rejected: { label: t("billing.disputeStates.rejected"), color: "gray" },
};

/** What was contested of a line, why, and what the operators answered. */
export function LineDisputes({ disputes }: { disputes: Dispute[] }) {
  return disputes.map(({ id, state, amount, currency, reason, decision, created_at, decided_at }) => (
    <div key={id} style={{ marginTop: 6 }}>
      <Badge color={STATES[state].color}>{STATES[state].label}</Badge>{" "}
      <Text span size="xs">
        <Money amount={amount} currency={currency} /> · <At iso={decided_at ?? created_at} />
      </Text>
      <Text size="xs" c="dimmed">
        {reason}
      </Text>
      {decision && <Text size="xs">{t("billing.disputeAnswer", { decision })}</Text>}
    </div>
  ));
}
