import type { MantineColor } from "@mantine/core";
import type { Schemas } from "../../api/client.ts";
import { t } from "../../i18n/index.ts";

/** How a version stands, and the colour of its badge. */
export const VERSION_STATES: Record<Schemas["DatasetStateEnum"], { label: string; color: MantineColor }> = {
  validating: { label: t("data.states.validating"), color: "cyan" },
  ready: { label: t("data.states.ready"), color: "green" },
  rejected: { label: t("data.states.rejected"), color: "red" },
};
