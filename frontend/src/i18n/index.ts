/**
 * Texts by key (Lingui), in the reader's language: ICU messages, which a build compiles (vite.config.ts). English is the source; every key has its Chinese text, by type.
 *
 * The language is fixed before any other module is loaded, so `t` may stand in constants, too; a change of it loads the
 * page anew. Texts are loaded by area: those of the frame first, those of a screen before its code (app/page.tsx).
 */
import { i18n, type Messages } from "@lingui/core";
import type { FieldTexts } from "./en/fields.ts";
import type { en } from "./en/index.ts";

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

export const currentLanguage = (): Language => (isLanguage(i18n.locale) ? i18n.locale : "en");

/** The texts of one part of the dashboard, such as `jobs`. */
export type Area = keyof typeof en;

/** The dotted keys of a catalogue's texts. */
type KeysOf<Catalogue> = {
  [Name in keyof Catalogue & string]: Catalogue[Name] extends string
    ? Name
    : `${Name}.${KeysOf<Catalogue[Name]>}`;
}[keyof Catalogue & string];

type Texts = Partial<Record<Area, object>>;

/** Those that stand in `frame` are not loaded alone. */
const CATALOGUES = import.meta.glob<Texts>([
  "./{en,zh}/*.ts",
  "!./*/{common,format,index,problems,shell,terms}.ts",
]);

/** What is loaded, in the present language. */
let areas: Texts = {};

/** The texts in one file of the catalogue: those of an area, or of `frame`. */
async function textsIn(language: Language, file: Area | "frame"): Promise<Texts> {
  const load = CATALOGUES[`./${language}/${file}.ts`];
  if (!load) throw new Error(`there are no texts of ${file} in ${language}`);
  return load();
}

/** The messages of `texts` by their dotted keys. A compiled one is an array. */
function messagesOf(texts: object, prefix = ""): Messages {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([key, found]: [string, Messages[string] | object]) =>
      typeof found === "string" || Array.isArray(found)
        ? [[prefix + key, found]]
        : Object.entries(messagesOf(found, `${prefix}${key}.`)),
    ),
  );
}

function add(language: Language, { fields, ...texts }: Texts): void {
  areas = { ...areas, ...texts, ...(fields && { fields }) }; // those of fields are found by their English, not by key
  i18n.load(language, messagesOf(texts));
}

/** Begins with the texts of the frame in `language`. Until it is done, `t` knows no key. */
export async function startTexts(language: Language): Promise<void> {
  const frame = await textsIn(language, "frame");
  areas = {};
  i18n.loadAndActivate({ locale: language, messages: {} });
  add(language, frame);
  document.documentElement.lang = language;
}

/** Loads the texts of `wanted`, as far as they are not there. */
export async function loadTexts(wanted: readonly Area[]): Promise<void> {
  const language = currentLanguage();
  const missing = wanted.filter((area) => !areas[area]);
  for (const texts of await Promise.all(missing.map((area) => textsIn(language, area)))) add(language, texts);
}

/** The text of a key, filled in by `values`. */
export const t = (key: KeysOf<typeof en>, values?: Record<string, unknown>): string => i18n._(key, values);

/** The text of a key that is made of a name from the API, where there is one: reasons and types grow with the API. */
export const knownText = (key: string): string | undefined =>
  key in i18n.messages ? i18n._(key) : undefined;

/** Labels and help of fields, where they are loaded. */
export const fieldTexts = (): FieldTexts | undefined => areas.fields as FieldTexts | undefined;
