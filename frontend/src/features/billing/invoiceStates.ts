import type { MantineColor } from "@mantine/core";
import type { Schemas } from "../../api/client.ts";
import { t } from "../../i18n/index.ts";

export const INVOICE_STATES: Record<Schemas["InvoiceStateEnum"], { label: string; color: MantineColor }> = {
  draft: { label: t("billing.states.draft"), color: "gray" },
  finalized: { label: t("billing.states.finalized"), color: "blue" },
  paid: { label: t("billing.states.paid"), color: "green" },
  void: { label: t("billing.states.void"), color: "gray" },
};
