/** Where the main navigation leads: in the rail of a wide screen, in the bar of a narrow one. */
import {
  IconBolt,
  IconBuilding,
  IconCalendarDue,
  IconChartBar,
  IconCoins,
  IconCube,
  IconDatabase,
  IconHeartbeat,
  IconHome,
  IconListDetails,
  IconReceipt,
  IconServer2,
  IconSettings,
  IconStack2,
  IconTag,
  type TablerIcon,
} from "@tabler/icons-react";
import { t } from "../i18n/index.ts";
import { paths } from "./paths.ts";

export interface Place {
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

/** Where operators of the platform go besides. */
export const OPERATOR_PLACES: readonly Place[] = [
  { to: paths.fleet, label: t("shell.fleet"), icon: IconServer2 },
  { to: paths.queue, label: t("shell.queue"), icon: IconStack2 },
  { to: paths.tenants, label: t("shell.tenants"), icon: IconBuilding },
  { to: paths.allJobs, label: t("shell.allJobs"), icon: IconListDetails },
  { to: paths.health, label: t("shell.health"), icon: IconHeartbeat },
  { to: paths.prices, label: t("shell.prices"), icon: IconTag },
  { to: paths.allInvoices, label: t("shell.allInvoices"), icon: IconReceipt },
  { to: paths.dunning, label: t("shell.dunning"), icon: IconCalendarDue },
  { to: paths.revenue, label: t("shell.revenue"), icon: IconChartBar },
];

/** So many places have room at the thumb. */
const BAR_ROOM = 6;

interface Visitor {
  organization: unknown;
  is_operator: boolean;
}

/** The places that a person may go to: of their organization, and of operators. */
export const placesOf = (visitor: Visitor | undefined) => ({
  own: visitor && !visitor.organization && visitor.is_operator ? [] : PLACES,
  operators: visitor?.is_operator ? OPERATOR_PLACES : [],
});

/** The places on a narrow screen: those at the thumb, and where there are more than have room, the rest in a menu. */
export function barPlacesOf(visitor: Visitor | undefined): Record<"shown" | "rest", readonly Place[]> {
  const { own, operators } = placesOf(visitor);
  const all = [...own, ...operators];
  const room = all.length > BAR_ROOM ? BAR_ROOM - 1 : BAR_ROOM;
  return { shown: all.slice(0, room), rest: all.slice(room) };
}

/** Whether `pathname` is `place` or below it; home has nothing below it. */
export function isWithin(place: string, pathname: string): boolean {
  return pathname === place || (place !== paths.home && pathname.startsWith(`${place}/`));
}
