import { formatCount } from "../../format/number.ts";
import { t } from "../../i18n/index.ts";

/** `7 of 20`, or `7` while nobody knows of how many. */
export const outOf = (done: number, all: number | null): string =>
  all === null ? formatCount(done) : t("jobs.outOf", { done: formatCount(done), all: formatCount(all) });
