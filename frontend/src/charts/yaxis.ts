/** The range and the ticks of a vertical axis that fit what is drawn. */
import { formatFigure } from "../format/number.ts";

export type Kind = "number" | "fraction";

export interface Range {
  min: number;
  max: number;
}

const PADDING = 0.05;
const ROBUST_AT = 1_000;
const LOOKED_AT = 20_000;

function quantiles(columns: readonly (readonly (number | null | undefined)[])[]): number[] {
  const total = columns.reduce((sum, column) => sum + column.length, 0);
  const stride = Math.max(1, Math.ceil(total / LOOKED_AT));
  const found: number[] = [];
  for (const column of columns) {
    for (let index = 0; index < column.length; index += stride) {
      const value = column[index];
      if (value !== null && value !== undefined) found.push(value);
    }
  }
  return found.sort((a, b) => a - b);
}

function extremes(columns: readonly (readonly (number | null | undefined)[])[]): Range | null {
  let min = Infinity;
  let max = -Infinity;
  for (const column of columns) {
    for (const value of column) {
      if (value === null || value === undefined) continue;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return min <= max ? { min, max } : null;
}

/**
 * All of `columns`, without what lies so far out that the rest would be a flat line: values a thousand times as far from
 * the middle nine tenths as these are wide, as in a run that diverged.
 */
export function dataRange(
  columns: readonly (readonly (number | null | undefined)[])[],
  all: boolean,
): Range | null {
  const whole = extremes(columns);
  if (!whole || all) return whole;
  const sorted = quantiles(columns);
  const low = sorted[Math.floor(0.05 * (sorted.length - 1))] ?? whole.min;
  const high = sorted[Math.ceil(0.9 * (sorted.length - 1))] ?? whole.max;
  const width = high - low;
  if (width <= 0) return whole;
  return {
    min: low - whole.min > ROBUST_AT * width ? low - width : whole.min,
    max: whole.max - high > ROBUST_AT * width ? high + width : whole.max,
  };
}

/** With room around; a constant lies in the middle of a narrow range; fractions stay about 0 to 1. */
export function paddedRange({ min, max }: Range, kind: Kind): [number, number] {
  const constant = max - min <= 1e-12 * Math.max(Math.abs(min), Math.abs(max));
  const room = constant ? (kind === "fraction" ? 0.05 : Math.abs(min) * 0.1 || 1) : (max - min) * PADDING;
  if (kind === "number") return [min - room, max + room];
  const edge = Math.min(room, 0.02);
  return [
    Math.max(min - room, min >= 0 ? -edge : -Infinity),
    Math.min(max + room, max <= 1 ? 1 + edge : Infinity),
  ];
}

/** As many as write `increment` in full: 2 for 0.25. */
function decimals(increment: number): number {
  const least = Math.max(0, -Math.floor(Math.log10(increment) + 1e-9));
  const isWhole = (places: number) =>
    Math.abs(increment * 10 ** places - Math.round(increment * 10 ** places)) < 1e-6;
  return [least, least + 1, least + 2].find(isWhole) ?? least;
}

/** Ticks of as many places as their distance needs, so that no two read alike. */
export function formatTicks(ticks: readonly (number | null)[], kind: Kind): (string | null)[] {
  const numbers = ticks.filter((tick) => tick !== null);
  const increment = Math.min(...numbers.slice(1).map((tick, index) => tick - (numbers[index] ?? 0)));
  const greatest = Math.max(...numbers.map(Math.abs));
  return ticks.map((tick) => {
    if (tick === null) return null;
    if (kind === "fraction") {
      if (tick > 1 + 1e-9) return null;
      return `${(tick * 100).toFixed(Number.isFinite(increment) ? decimals(increment * 100) : 0)} %`;
    }
    if (tick === 0) return "0";
    if (greatest >= 1e6 || greatest < 1e-3 || !Number.isFinite(increment)) return formatFigure(tick);
    return tick.toFixed(decimals(increment));
  });
}
