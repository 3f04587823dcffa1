import type { MantineColor } from "@mantine/core";
import { t } from "../../i18n/index.ts";
import type { Delivery, Kind } from "./queries.ts";

export const DELIVERY_STATES: Record<Delivery["state"], { label: string; color: MantineColor }> = {
  pending: { label: t("webhooks.states.pending"), color: "blue" },
  delivered: { label: t("webhooks.states.delivered"), color: "green" },
  failed: { label: t("webhooks.states.failed"), color: "red" },
};

export const KINDS: Record<Kind, string> = {
  webhook: t("webhooks.kinds.webhook"),
  slack: t("webhooks.kinds.slack"),
  email: t("webhooks.kinds.email"),
};
