import { numberLocale } from "./locale.ts";

const UNITS = ["B", "kB", "MB", "GB", "TB"];
const integer = new Intl.NumberFormat(numberLocale, { maximumFractionDigits: 0 });

export const formatCount = (count: number): string => integer.format(count);

/** Decimal units, three significant digits: `12.3 MB`. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? integer.format(value) : value.toPrecision(3)} ${UNITS[unit] ?? ""}`;
}

export const formatPercent = (fraction: number): string => `${(fraction * 100).toFixed(1)} %`;

const figure = new Intl.NumberFormat(numberLocale, { maximumSignificantDigits: 4, useGrouping: "min2" });

/** A loss or score with four significant digits, in plain notation where that is readable; no year gets a comma. */
export function formatFigure(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e-4 && size < 1e6 ? figure.format(value) : value.toExponential(2);
}
