/**
 * Texts by key (i18next), in the reader's language. English is the source; every key has its Chinese text, by type.
 *
 * The language is fixed before any other module is loaded, so `t` may stand in constants, too; a change of it loads the
 * page anew.
 */
import i18next from "i18next";
import { en } from "./en/index.ts";

export const LANGUAGES = { en: "English", zh: "中文" } as const;

export type Language = keyof typeof LANGUAGES;

/** Where the reader's choice is kept. */
const CHOICE = "trainyard.language";

const isLanguage = (value: string | undefined): value is Language =>
  value !== undefined && value in LANGUAGES;

/** The reader's choice, else the first language of the browser that there is, else English. */
export function preferredLanguage(): Language {
  const chosen = localStorage.getItem(CHOICE) ?? undefined;
  if (isLanguage(chosen)) return chosen;
  return navigator.languages.map((tag) => tag.split("-")[0]).find(isLanguage) ?? "en";
}

export function chooseLanguage(language: Language): void {
  localStorage.setItem(CHOICE, language);
  window.location.reload();
}

export const currentLanguage = (): Language => (isLanguage(i18next.language) ? i18next.language : "en");

/** Loads the texts of `language`. Until it is done, `t` knows no key. */
export async function startTexts(language: Language): Promise<void> {
  const translation = language === "zh" ? (await import("./zh/index.ts")).zh : en;
  await i18next.init({
    lng: language,
    resources: { [language]: { translation } },
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
    showSupportNotice: false,
  });
  document.documentElement.lang = language;
}

export const { t } = i18next;

/** The text of a key that is made of a name from the API, where there is one: reasons and types grow with the API. */
export function knownText(key: string): string | undefined {
  const text: unknown = i18next.getResource(i18next.language, "translation", key);
  return typeof text === "string" ? text : undefined;
}
