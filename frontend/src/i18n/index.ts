/**
 * Texts by key, in the reader's language. English is the source; every key has its Chinese text, by type.
 *
 * The language is fixed before any other module is loaded, so `t` may stand in constants, too; a change of it loads the
 * page anew. Texts are loaded by area: those of the frame first, those of a screen before its code (app/page.tsx).
 */
import type { en } from "./en/index.ts";
import { addTexts, beginTexts, filled, found, type KeysOf } from "./texts.ts";

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

let current: Language = "en";

export const currentLanguage = (): Language => current;

/** The texts of one part of the dashboard, such as `jobs`. */
export type Area = keyof typeof en;

type Texts = Partial<Record<Area, object>>;

/** Those that stand in `frame` are not loaded alone. */
const CATALOGUES = import.meta.glob<Texts>([
  "./{en,zh}/*.ts",
  "!./*/{common,format,index,problems,shell,terms}.ts",
]);

/** The texts in one file of the catalogue: those of an area, or of `frame`. */
async function textsIn(language: Language, file: Area | "frame"): Promise<Texts> {
  const load = CATALOGUES[`./${language}/${file}.ts`];
  if (!load) throw new Error(`there are no texts of ${file} in ${language}`);
  return load();
}

/** Begins with the texts of the frame in `language`. Until it is done, `t` knows no key. */
export async function startTexts(language: Language): Promise<void> {
  const frame = await textsIn(language, "frame");
  current = language;
  beginTexts(language);
  addTexts(frame);
  document.documentElement.lang = language;
}

/** Loads the texts of `areas`, as far as they are not there. */
export async function loadTexts(areas: readonly Area[]): Promise<void> {
  const missing = areas.filter((area) => found(area) === undefined);
  for (const texts of await Promise.all(missing.map((area) => textsIn(current, area)))) addTexts(texts);
}

/** The text of a key, its blanks filled in by `values`; with a `count`, in the form for that many. */
export const t: (key: KeysOf<typeof en>, values?: Readonly<Record<string, unknown>>) => string = filled;

/** The text of a key that is made of a name from the API, where there is one: reasons and types grow with the API. */
export function knownText(key: string): string | undefined {
  const text = found(key);
  return typeof text === "string" ? text : undefined;
}

/** All texts of an area, where they are loaded. */
export const textsOf = <Name extends Area>(area: Name): (typeof en)[Name] | undefined =>
  found(area) as (typeof en)[Name] | undefined;
