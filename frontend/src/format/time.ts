import { currentLanguage, t } from "../i18n/index.ts";
import { dateLocale } from "./locale.ts";

const STEPS: [limit: number, seconds: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [60 * 60, 60, "minute"],
  [24 * 60 * 60, 60 * 60, "hour"],
  [7 * 24 * 60 * 60, 24 * 60 * 60, "day"],
];
const relative = new Intl.RelativeTimeFormat(currentLanguage(), { numeric: "auto" });
const day = new Intl.DateTimeFormat(dateLocale, { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat(dateLocale, { dateStyle: "medium", timeStyle: "medium" });
const minute = new Intl.DateTimeFormat(dateLocale, {
  day: "numeric",
  month: "short",
  hour: "numeric",
  minute: "2-digit",
});
const calendarDay = new Intl.DateTimeFormat(dateLocale, { dateStyle: "medium", timeZone: "UTC" });
const month = new Intl.DateTimeFormat(dateLocale, { month: "long", year: "numeric", timeZone: "UTC" });
const utc = new Intl.DateTimeFormat(dateLocale, { dateStyle: "medium", timeStyle: "long", timeZone: "UTC" });
const clock = new Intl.DateTimeFormat(dateLocale, { timeStyle: "medium" });

/** `3 minutes ago` within a week of `now`, the date before that. */
export function formatAge(iso: string, now: Date): string {
  const seconds = (now.getTime() - Date.parse(iso)) / 1000;
  if (seconds < 60) return t("format.justNow");
  for (const [limit, size, unit] of STEPS) {
    if (seconds < limit) return relative.format(-Math.floor(seconds / size), unit);
  }
  return day.format(new Date(iso));
}

export const formatDay = (iso: string): string => day.format(new Date(iso));

export const formatMoment = (iso: string): string => moment.format(new Date(iso));

/** A moment in UTC, which it names. */
export const formatUtc = (iso: string): string => utc.format(new Date(iso));

/** Day, hour and minute, for the ends of an axis. */
export const formatMinute = (iso: string): string => minute.format(new Date(iso));

/** A day as the API writes it, `2026-11-29`, in words. */
export const formatCalendarDay = (written: string): string => calendarDay.format(new Date(written));

/** A month as the API writes it, `2026-11`, in words. */
export const formatMonth = (written: string): string => month.format(new Date(`${written}-01`));

export const formatClock = (iso: string): string => clock.format(new Date(iso));
