/** Reads the steps of a series from what was typed, pasted or dropped. */
import type { Schemas } from "../../api/client.ts";
import { recordsIn } from "../datasets/tableText.ts";

type Cell = string | number | null;
export type Steps = (number | Record<string, Cell>)[];

/** What a step has: numbers by the channel's name, and perhaps a time and the name of its series. */
export interface StepColumns {
  channels: string[];
  time: string;
  series: string | null;
}

export type Reading =
  | { steps: Steps; first: string; last: string; series: string }
  | { missing: string[] }
  | "unreadable"
  | "empty";

const MOST_STEPS = 100_000;
/** Of a file, as its end: a series is asked with its last rows. */
const TAIL_BYTES = 262_144;

export function columnsOfSteps({ channels, time, series }: Schemas["SeriesProfile"]): StepColumns {
  return { channels: channels.map(({ name }) => name), time, series: series ?? null };
}

const isNumber = (text: string) => text !== "" && Number.isFinite(Number(text));

function plain(steps: Steps): Reading {
  return steps.length > 0 ? { steps, first: "", last: "", series: "" } : "empty";
}

function fromJson(text: string): Reading {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? plain(value as Steps) : "unreadable";
  } catch {
    return "unreadable";
  }
}

const cellIn = (text: string | undefined): Cell => (text === undefined || text === "" ? null : text);

/** Rows below a line of names; of several series those of the last row's. */
function fromTable(header: string[], rows: string[][], { channels, time, series }: StepColumns): Reading {
  const missing = channels.filter((name) => !header.includes(name));
  if (missing.length > 0) return { missing };
  const place = (name: string | null) => (name === null ? -1 : header.indexOf(name));
  const own = rows.at(-1)?.[place(series)] ?? "";
  const kept = place(series) < 0 ? rows : rows.filter((row) => row[place(series)] === own);
  const wanted = [time, series, ...channels].filter(
    (name): name is string => name !== null && header.includes(name),
  );
  const steps = kept.map((row) =>
    Object.fromEntries(wanted.map((name): [string, Cell] => [name, cellIn(row[place(name)])])),
  );
  if (steps.length === 0) return "empty";
  return { steps, first: kept[0]?.[place(time)] ?? "", last: kept.at(-1)?.[place(time)] ?? "", series: own };
}

/** A CSV text, with a line of names or in the order of the channels; numbers alone; or a JSON list. */
export function stepsIn(text: string, columns: StepColumns): Reading {
  const trimmed = text.trim();
  if (trimmed === "") return "empty";
  if (trimmed.startsWith("[")) return fromJson(trimmed);
  const { channels, time, series } = columns;
  const names = new Set([...channels, time, series]);
  const [header = [], ...rows] = recordsIn(trimmed, MOST_STEPS + 1);
  if (header.some((cell) => names.has(cell))) return fromTable(header, rows, columns);
  const [only] = channels;
  if (channels.length === 1 && only !== undefined) {
    const numbers = trimmed.split(/[\s,;]+/).filter(Boolean);
    return numbers.every(isNumber) ? plain(numbers.map(Number)) : "unreadable";
  }
  const fits = (row: string[]) => row.length === channels.length && row.every(isNumber);
  return [header, ...rows].every(fits) ? fromTable(channels, [header, ...rows], columns) : "unreadable";
}

/** The file's text; of a long one its line of names and its last lines. */
export async function tailOf(file: File): Promise<string> {
  if (file.size <= 2 * TAIL_BYTES) return (await file.text()).replace(/^\uFEFF/, "");
  const head = await file.slice(0, TAIL_BYTES).text();
  const tail = await file.slice(-TAIL_BYTES).text();
  return [head.replace(/^\uFEFF/, "").split(/\r?\n/, 1)[0], tail.slice(tail.indexOf("\n") + 1)].join("\n");
}

/** Rows as a CSV text under `columns`. */
export function csvOf(columns: string[], rows: Record<string, unknown>[]): string {
  const written = (value: unknown) => {
    const cell =
      value === null || value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
    return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  };
  return [columns, ...rows.map((row) => columns.map((name) => row[name]))]
    .map((line) => line.map(written).join(","))
    .join("\n");
}
