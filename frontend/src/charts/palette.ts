/** Colours that stay apart for people who are colour-blind (after Okabe & Ito, 2008), dark enough or light enough. */
import type { ChartSeries, Ink } from "./model.ts";

export const INKS: readonly [Ink, ...Ink[]] = [
  { light: "#1f5eb8", dark: "#6fa3ef" },
  { light: "#c2570c", dark: "#f59f5b" },
  { light: "#00755c", dark: "#3fc29d" },
  { light: "#a63d80", dark: "#e48cc0" },
  { light: "#806400", dark: "#e0c341" },
  { light: "#0b7594", dark: "#63c6e8" },
  { light: "#5c6670", dark: "#c3c9d1" },
];

const DASHES: (number[] | undefined)[] = [undefined, [8, 4], [2, 3], [10, 3, 2, 3]];

/** The look of the series at `place`: no two of the first 28 are alike. */
export function lookOf(place: number): Pick<ChartSeries, "color" | "dash"> {
  const color = INKS[place % INKS.length] ?? INKS[0];
  const dash = DASHES[Math.floor(place / INKS.length) % DASHES.length];
  return dash ? { color, dash } : { color };
}
