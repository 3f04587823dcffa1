/** A chart as a picture to keep: the pixels that are seen as PNG, or the same lines as SVG. */
import type uPlot from "uplot";
import type { Drawing } from "./model.ts";
import type { Look } from "./options.ts";
import { formatTicks } from "./yaxis.ts";

export function download(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  downloadFrom(address, name);
  URL.revokeObjectURL(address);
}

export function downloadFrom(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}

const GROUND = { light: "#ffffff", dark: "#1b1d21" } as const;
const INK = { light: "#22262b", dark: "#e6e8eb" } as const;
const GRID = { light: "#e3e7eb", dark: "#3b4048" } as const;
const TITLE_HEIGHT = 30;

export function savePng(plot: uPlot, title: string, look: Look): void {
  const { canvas } = plot.ctx;
  const ratio = devicePixelRatio;
  const copy = document.createElement("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height + TITLE_HEIGHT * ratio;
  const context = copy.getContext("2d");
  if (!context) return;
  context.fillStyle = GROUND[look.scheme];
  context.fillRect(0, 0, copy.width, copy.height);
  context.fillStyle = INK[look.scheme];
  context.font = `600 ${14 * ratio}px 'Inter Variable', system-ui, sans-serif`;
  context.fillText(title, 10 * ratio, 20 * ratio);
  context.drawImage(canvas, 0, TITLE_HEIGHT * ratio);
  copy.toBlob((blob) => blob && download(blob, `${title}.png`));
}

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

type Values = ArrayLike<number | null | undefined>;

function pathOf(plot: uPlot, xs: ArrayLike<number>, ys: Values): string {
  const parts: string[] = [];
  let pen = "M";
  for (let index = 0; index < xs.length; index += 1) {
    const value = ys[index];
    if (value === undefined) continue;
    if (value === null) {
      pen = "M";
      continue;
    }
    const x = plot.valToPos(xs[index] ?? 0, "x");
    parts.push(`${pen}${x.toFixed(1)} ${plot.valToPos(value, "y").toFixed(1)}`);
    pen = "L";
  }
  return parts.join("");
}

function bandPath(plot: uPlot, xs: ArrayLike<number>, high: Values, low: Values): string {
  const over: string[] = [];
  const under: string[] = [];
  for (let index = 0; index < xs.length; index += 1) {
    const [top, bottom] = [high[index], low[index]];
    if (top === null || top === undefined || bottom === null || bottom === undefined) continue;
    const x = plot.valToPos(xs[index] ?? 0, "x").toFixed(1);
    over.push(`${x} ${plot.valToPos(top, "y").toFixed(1)}`);
    under.unshift(`${x} ${plot.valToPos(bottom, "y").toFixed(1)}`);
  }
  return over.length > 0 ? `M${[...over, ...under].join("L")}Z` : "";
}

function ticksBetween(min: number, max: number, about: number): number[] {
  const rough = (max - min) / about;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * ([1, 2, 5, 10].find((factor) => factor * unit >= rough) ?? 10);
  const ticks: number[] = [];
  for (let tick = Math.ceil(min / step) * step; tick <= max; tick += step)
    ticks.push(Number(tick.toPrecision(12)));
  return ticks;
}

function axesOf(plot: uPlot, look: Look, width: number, height: number): string[] {
  const grid = GRID[look.scheme];
  const range = (scale: "x" | "y") => [plot.scales[scale]?.min ?? 0, plot.scales[scale]?.max ?? 1] as const;
  const down = ticksBetween(...range("y"), 5);
  const labels = formatTicks(down, look.kind);
  const horizontal = down.flatMap((tick, index) => {
    const y = plot.valToPos(tick, "y").toFixed(1);
    return [
      `<path d="M0 ${y}H${width}" stroke="${grid}"/>`,
      `<text x="-8" y="${y}" text-anchor="end" dominant-baseline="middle">${escaped(labels[index] ?? "")}</text>`,
    ];
  });
  const vertical = ticksBetween(...range("x"), 8).flatMap((tick) => {
    const x = plot.valToPos(tick, "x").toFixed(1);
    return [
      `<path d="M${x} 0V${height}" stroke="${grid}"/>`,
      `<text x="${x}" y="${height + 18}" text-anchor="middle">${escaped(look.axis.format(tick))}</text>`,
    ];
  });
  return [...horizontal, ...vertical];
}

export function svgOf(plot: uPlot, drawing: Drawing, title: string, look: Look): string {
  const { width, height } = plot.over.getBoundingClientRect();
  const [left, top] = [70, TITLE_HEIGHT + 8];
  const lines = drawing.columns.flatMap(({ series, role }, index) => {
    if (plot.series[index + 1]?.show === false) return [];
    const color = series.color[look.scheme];
    const values = drawing.data[index + 1] ?? [];
    if (role === "highest") {
      const band = bandPath(plot, drawing.data[0], values, drawing.data[index + 2] ?? []);
      return [`<path d="${band}" fill="${color}" fill-opacity="0.18"/>`];
    }
    if (role === "lowest") return [];
    const smoothed = drawing.columns.some((other) => other.series === series && other.role === "smooth");
    const dash = series.dash ? ` stroke-dasharray="${series.dash.join(" ")}"` : "";
    const faint = role === "raw" && smoothed ? ' stroke-opacity="0.35"' : "";
    const path = pathOf(plot, drawing.data[0], values);
    return [
      `<path d="${path}" fill="none" stroke="${color}" stroke-width="1.5"${dash}${faint}>` +
        `<title>${escaped(series.label)}</title></path>`,
    ];
  });
  const [wide, high] = [width + left + 20, height + top + 30];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" width="${wide}" height="${high}"`,
    ` font-family="Inter, system-ui, sans-serif" font-size="11" fill="${INK[look.scheme]}">`,
    `<rect width="100%" height="100%" fill="${GROUND[look.scheme]}"/>`,
    `<text x="12" y="20" font-size="14" font-weight="600">${escaped(title)}</text>`,
    `<clipPath id="plot"><rect width="${width}" height="${height}"/></clipPath>`,
    `<g transform="translate(${left} ${top})">${axesOf(plot, look, width, height).join("")}`,
    `<g clip-path="url(#plot)">${lines.join("")}</g></g></svg>`,
  ].join("");
}
