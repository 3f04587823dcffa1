/** Cells of a table as a person reads and types them: dates and times of day as such, numbers in few digits. */
import type { Schemas } from "../../api/client.ts";

export type Column = Schemas["TableProfile"]["columns"][number];
type NumericColumn = Extract<Column, { kind?: "numeric" }>;
export type Row = Record<string, number | string>;

const DAY_SECONDS = 86_400;

export const isNumeric = (column: Column): column is NumericColumn => column.kind === "numeric";
const isDate = (column: NumericColumn) => column.form?.startsWith("datetime") ?? false;

/** Whether the column's cells are typed as numbers, and not as dates or times. */
export const isPlainNumber = (column: Column): boolean =>
  isNumeric(column) && !isDate(column) && column.form !== "time_of_day";

/** Seconds since 1970, or since midnight, as the API reads them back. */
export function written(column: NumericColumn, value: number): string | number {
  if (isDate(column)) {
    const moment = new Date(Math.round(value) * 1000);
    if (Number.isNaN(moment.getTime())) return value;
    const text = moment.toISOString();
    return value % DAY_SECONDS === 0 ? text.slice(0, 10) : text.slice(0, 19);
  }
  if (column.form === "time_of_day") return new Date(Math.round(value) * 1000).toISOString().slice(11, 19);
  return value;
}

/** A cell of an example, as its field takes it; a missing one is empty. */
export function cellOf(column: Column, value: unknown): string | number {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" && isNumeric(column)) return written(column, value);
  return typeof value === "string" || typeof value === "number" ? value : JSON.stringify(value);
}

/** A row to start from: the mean of each column of numbers, the first category of the others. */
export function typicalRow(columns: Column[]): Row {
  return Object.fromEntries(
    columns.map((column) => {
      if (!isNumeric(column)) return [column.name, column.categories[0] ?? ""];
      const mean = column.mean ?? 0;
      return [column.name, isPlainNumber(column) ? Number(mean.toPrecision(4)) : written(column, mean)];
    }),
  );
}
