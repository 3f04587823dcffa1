/** How numbers and dates are written in each language. */
import { currentLanguage } from "../i18n/index.ts";

const NUMBERS = { en: "en-US", zh: "zh-CN" } as const;
const DATES = { en: "en-GB", zh: "zh-CN" } as const;

export const numberLocale = NUMBERS[currentLanguage()];
export const dateLocale = DATES[currentLanguage()];
