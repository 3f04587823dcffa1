const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** All six decimals, as a bill counts them, so that its columns align. */
export const billedSeconds = (seconds: number): string => seconds.toFixed(6);

/** `seconds` with the two units that matter: `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 13 min`, `3 d 4 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  if (seconds < HOUR - 0.5) {
    const whole = Math.round(seconds);
    return `${Math.floor(whole / MINUTE)} min ${String(whole % MINUTE).padStart(2, "0")} s`;
  }
  const minutes = Math.round(seconds / MINUTE);
  if (minutes < DAY / MINUTE)
    return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  const hours = Math.round(seconds / HOUR);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** How long is left, rounded as an estimate deserves. */
export function formatEta(seconds: number): string {
  if (seconds < 10) return "A few seconds";
  if (seconds < 100) return `About ${Math.round(seconds / 5) * 5} s`;
  if (seconds < HOUR) return `About ${Math.round(seconds / MINUTE)} min`;
  return `About ${formatDuration(Math.round(seconds / MINUTE) * MINUTE)}`;
}

export function secondsBetween(start: string, end: string): number {
  return (Date.parse(end) - Date.parse(start)) / 1000;
}
