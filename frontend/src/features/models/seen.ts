import { formatFigure } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";
import { type Column, isNumeric, written } from "./cells.ts";

const CATEGORIES_SHOWN = 4;

/** What training met in the column: from where to where, or which categories. */
export function seenIn(column: Column): string {
  if (!isNumeric(column)) {
    const { categories } = column;
    return categories.length <= CATEGORIES_SHOWN
      ? categories.join(", ")
      : t("tryModel.categoriesSeen", { count: categories.length });
  }
  const { minimum, maximum } = column;
  if (minimum === null || minimum === undefined || maximum === null || maximum === undefined) return "";
  const shown = (value: number) => {
    const cell = written(column, value);
    return typeof cell === "number" ? formatFigure(cell) : cell;
  };
  return t("tryModel.rangeSeen", { low: shown(minimum), high: shown(maximum) });
}
