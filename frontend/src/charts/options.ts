/** uPlot's options for a drawing: axes that fit, bands, and what the cursor does. */
import uPlot from "uplot";
import type { Column, Drawing } from "./model.ts";
import type { XAxis } from "./xaxis.ts";
import { dataRange, formatTicks, type Kind, paddedRange, type Range } from "./yaxis.ts";

export type Scheme = "light" | "dark";

export interface Look {
  scheme: Scheme;
  height: number;
  width: number;
  axis: XAxis;
  kind: Kind;
  log: boolean;
  /** Far outliers too, even where the rest becomes a flat line. */
  all: boolean;
  /** Charts of one key show their cursors at the same place. */
  syncKey: string;
  /** Vertical lines at these x: where training went on from a checkpoint. */
  marks: readonly number[];
}

const FONT = "11px 'Inter Variable', system-ui, sans-serif";
const THEMES = {
  light: { text: "#5c6670", grid: "#e3e7eb", mark: "#97a0aa" },
  dark: { text: "#a3a9b2", grid: "#3b4048", mark: "#767e89" },
} as const;
const SHOWN_AS_POINTS = 40;
const TRIANGLE = 5;

function strokeOf({ series, role }: Column, scheme: Scheme, smoothed: boolean): string {
  const color = series.color[scheme];
  if (role === "lowest" || role === "highest") return "transparent";
  return role === "raw" && smoothed ? `${color}55` : color;
}

function seriesOf(columns: Column[], scheme: Scheme, many: boolean): uPlot.Series[] {
  const smoothed = new Set(columns.filter(({ role }) => role === "smooth").map(({ series }) => series.key));
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  return columns.map((column): uPlot.Series => {
    const { series, role } = column;
    const faint = role === "raw" && smoothed.has(series.key);
    const bound = role === "lowest" || role === "highest";
    return {
      label: `${series.key} ${role}`,
      stroke: strokeOf(column, scheme, smoothed.has(series.key)),
      width: bound ? 0 : faint || many ? 1 : 2,
      points: { show: !bound && !faint && series.steps.length <= SHOWN_AS_POINTS && !many, size: 5 },
      ...(series.dash && !bound ? { dash: series.dash } : {}),
      ...(bound && stepped ? { paths: stepped } : {}),
    };
  });
}

function bandsOf(columns: Column[], scheme: Scheme): uPlot.Band[] {
  return columns.flatMap(({ series, role }, index) =>
    role === "highest" ? [{ series: [index + 1, index + 2], fill: `${series.color[scheme]}2e` }] : [],
  );
}

/** The columns that are seen, between the first and the last index in view. */
function inView(plot: uPlot): (number | null | undefined)[][] {
  const [first, last] = plot.series[0]?.idxs ?? [0, 0];
  return plot.series.flatMap((series, index) =>
    index > 0 && series.show !== false ? [plot.data[index]?.slice(first, last + 1) as number[]] : [],
  );
}

function verticalScale({ kind, log, all }: Look): uPlot.Scale {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- its enum is there for types alone
  if (log) return { distr: 3, log: 10 };
  return {
    range: (plot): [number, number] => {
      const found: Range | null = dataRange(inView(plot), all);
      return found ? paddedRange(found, kind) : [0, 1];
    },
  };
}

/** Wide enough for the longest tick, so that none is clipped. */
function widthOf(plot: uPlot, ticks: string[] | null): number {
  if (!ticks || ticks.length === 0) return 40;
  plot.ctx.save();
  plot.ctx.font = FONT;
  const longest = Math.max(...ticks.map((tick) => plot.ctx.measureText(tick).width));
  plot.ctx.restore();
  return Math.ceil(longest) + 16;
}

function drawMarks(plot: uPlot, { marks, scheme }: Look): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = THEMES[scheme].mark;
  ctx.setLineDash([3, 4]);
  for (const mark of marks) {
    const x = Math.round(plot.valToPos(mark, "x", true)) + 0.5;
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

/** Triangles at the edge where values lie beyond it. */
function drawOutliers(plot: uPlot, columns: Column[], { scheme }: Look): void {
  const { min = -Infinity, max = Infinity } = plot.scales.y ?? {};
  const [first, last] = plot.series[0]?.idxs ?? [0, 0];
  const { ctx, bbox } = plot;
  const size = TRIANGLE * devicePixelRatio;
  columns.forEach(({ series, role }, place) => {
    if (role !== "raw" || plot.series[place + 1]?.show === false) return;
    ctx.fillStyle = series.color[scheme];
    for (let index = first; index <= last; index += 1) {
      const value = plot.data[place + 1]?.[index];
      if (value === null || value === undefined || (value <= max && value >= min)) continue;
      const above = value > max;
      const x = plot.valToPos(plot.data[0][index] ?? 0, "x", true);
      const y = above ? bbox.top : bbox.top + bbox.height;
      ctx.beginPath();
      ctx.moveTo(x, y);
      ctx.lineTo(x - size, above ? y + size : y - size);
      ctx.lineTo(x + size, above ? y + size : y - size);
      ctx.fill();
    }
  });
}

export function optionsOf(drawing: Drawing, look: Look, hooks: Partial<uPlot.Hooks.Arrays>): uPlot.Options {
  const { text, grid } = THEMES[look.scheme];
  const axis = { stroke: text, font: FONT, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  const many = drawing.columns.length > 12;
  return {
    width: look.width,
    height: look.height,
    padding: [10, 14, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 6, show: !many },
      sync: { key: look.syncKey, setSeries: false },
    },
    scales: { x: { time: false }, y: verticalScale(look) },
    axes: [
      { ...axis, size: 28, space: 70, values: (_, ticks) => ticks.map(look.axis.format) },
      {
        ...axis,
        size: (plot, ticks) => widthOf(plot, ticks),
        values: (_, ticks) => formatTicks(ticks, look.kind),
      },
    ],
    series: [{}, ...seriesOf(drawing.columns, look.scheme, many)],
    bands: bandsOf(drawing.columns, look.scheme),
    hooks: {
      ...hooks,
      draw: [(plot) => drawMarks(plot, look), (plot) => drawOutliers(plot, drawing.columns, look)],
    },
  };
}
