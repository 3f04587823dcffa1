/** Where the main navigation leads: in the rail of a wide screen, in the bar of a narrow one. */
import {
  IconBolt,
  IconCoins,
  IconCube,
  IconDatabase,
  IconHome,
  IconSettings,
  type TablerIcon,
} from "@tabler/icons-react";
import { t } from "../i18n/index.ts";
import { paths } from "./paths.ts";

interface Place {
  to: string;
  label: string;
  icon: TablerIcon;
}

export const PLACES: readonly Place[] = [
  { to: paths.home, label: t("shell.home"), icon: IconHome },
  { to: paths.data, label: t("shell.data"), icon: IconDatabase },
  { to: paths.jobs, label: t("shell.jobs"), icon: IconBolt },
  { to: paths.models, label: t("shell.models"), icon: IconCube },
  { to: paths.billing, label: t("shell.billing"), icon: IconCoins },
  { to: paths.settings, label: t("shell.settings"), icon: IconSettings },
];

/** Whether `pathname` is `place` or below it; home has nothing below it. */
export function isWithin(place: string, pathname: string): boolean {
  return pathname === place || (place !== paths.home && pathname.startsWith(`${place}/`));
}
