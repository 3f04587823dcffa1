/** What a chart draws, and how it becomes the aligned columns that uPlot takes. */
import uPlot from "uplot";
import { smooth } from "./smoothing.ts";
import type { XAxis } from "./xaxis.ts";

export interface Ink {
  light: string;
  dark: string;
}

export interface ChartSeries {
  /** Stays the same while the series is drawn, so that what is hidden stays hidden. */
  key: string;
  label: string;
  color: Ink;
  dash?: number[];
  /** What has no noise is drawn as it is. */
  exact?: boolean;
  steps: readonly number[];
  values: readonly (number | null)[];
  /** Of all points from each step up to the next, where points are left out. */
  lowest?: readonly (number | null)[] | null;
  highest?: readonly (number | null)[] | null;
}

/** One column of what is drawn: a series as it is, smoothed, or a bound of its band. */
export interface Column {
  series: ChartSeries;
  role: "raw" | "smooth" | "lowest" | "highest";
}

export interface Drawing {
  columns: Column[];
  data: uPlot.AlignedData;
}

const finite = (value: number | null | undefined, positive: boolean): number | null =>
  value === null || value === undefined || !Number.isFinite(value) || (positive && value <= 0) ? null : value;

interface Asked {
  axis: XAxis;
  /** 0 to 1: none to almost a straight line. */
  smoothing: number;
  /** On a logarithmic scale what is not above zero cannot be drawn. */
  log: boolean;
}

function columnsOf(one: ChartSeries, { smoothing, log }: Asked): [Column["role"], (number | null)[]][] {
  const shown = (values: readonly (number | null)[]) => values.map((value) => finite(value, log));
  const raw = shown(one.values);
  const columns: [Column["role"], (number | null)[]][] = [["raw", raw]];
  if (smoothing > 0 && !one.exact && raw.length > 2) columns.push(["smooth", smooth(raw, smoothing)]);
  if (one.lowest && one.highest) {
    columns.push(["highest", shown(one.highest)], ["lowest", shown(one.lowest)]);
  }
  return columns;
}

/** The columns of all `series` over the x values of any. Where one has no point, the line goes on; null is a gap. */
export function drawingOf(series: readonly ChartSeries[], asked: Asked): Drawing {
  const columns: Column[] = [];
  const tables = series
    .filter((one) => one.steps.length > 0)
    .map((one): uPlot.AlignedData => {
      const own = columnsOf(one, asked);
      columns.push(...own.map(([role]) => ({ series: one, role })));
      return [one.steps.map(asked.axis.of), ...own.map(([, values]) => values)];
    });
  return { columns, data: tables.length > 0 ? uPlot.join(tables) : [[]] };
}

/** The value of `series` at the greatest of its steps that is not beyond `step`; the last one without a step. */
export function valueAt(series: ChartSeries, step: number | null): number | null {
  if (step === null) return series.values.at(-1) ?? null;
  let low = 0;
  let high = series.steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((series.steps[middle] ?? Infinity) <= step) low = middle + 1;
    else high = middle;
  }
  return series.values[low - 1] ?? null;
}
