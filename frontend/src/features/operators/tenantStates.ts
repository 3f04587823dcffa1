import type { MantineColor } from "@mantine/core";
import { t } from "../../i18n/index.ts";
import type { Tenant } from "./queries.ts";

export const TENANT_STATES: Record<Tenant["state"], { label: string; color: MantineColor }> = {
  active: { label: t("operators.tenantStates.active"), color: "green" },
  suspended: { label: t("operators.tenantStates.suspended"), color: "yellow" },
  closing: { label: t("operators.tenantStates.closing"), color: "gray" },
  deleted: { label: t("operators.tenantStates.deleted"), color: "gray" },
};
