import type { Schemas } from "../../api/client.ts";
import { formatFigure } from "../../format/number.ts";

export type Column = Schemas["TableProfile"]["columns"][number];
export type Row = Record<string, number | string>;

/** A row to start from: the mean of each column of numbers, the first category of the others. */
export function typicalRow(columns: Column[]): Row {
  return Object.fromEntries(
    columns.map((column) => [
      column.name,
      column.kind === "numeric" ? Number(formatFigure(column.mean ?? 0)) : (column.categories[0] ?? ""),
    ]),
  );
}
