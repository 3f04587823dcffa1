import { t } from "../i18n/index.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (n: number): string => String(n).padStart(2, "0");

/** All six decimals, as a bill counts them, so that its columns align. */
export const billedSeconds = (seconds: number): string => seconds.toFixed(6);

/** `seconds` with the two units that matter: `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 13 min`, `3 d 4 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 0.9995) return t("format.milliseconds", { n: Math.round(seconds * 1000) });
  if (seconds < 59.95) return t("format.seconds", { n: seconds.toFixed(1) });
  if (seconds < HOUR - 0.5) {
    const whole = Math.round(seconds);
    return t("format.minutesSeconds", { minutes: Math.floor(whole / MINUTE), seconds: two(whole % MINUTE) });
  }
  const minutes = Math.round(seconds / MINUTE);
  if (minutes < DAY / MINUTE)
    return t("format.hoursMinutes", { hours: Math.floor(minutes / 60), minutes: two(minutes % 60) });
  const hours = Math.round(seconds / HOUR);
  return t("format.daysHours", { days: Math.floor(hours / 24), hours: hours % 24 });
}

/** How long is left, rounded as an estimate deserves. */
export function formatEta(seconds: number): string {
  if (seconds < 10) return t("format.aFewSeconds");
  if (seconds < 100) return t("format.aboutSeconds", { n: Math.round(seconds / 5) * 5 });
  if (seconds < HOUR) return t("format.aboutMinutes", { n: Math.round(seconds / MINUTE) });
  return t("format.about", { duration: formatDuration(Math.round(seconds / MINUTE) * MINUTE) });
}

export function secondsBetween(start: string, end: string): number {
  return (Date.parse(end) - Date.parse(start)) / 1000;
}
