/**
 * Texts by key with blanks and plural forms, in the format of i18next (`{{name}}`, `key_one`, `key_other`), whose engine
 * would be 13 kB gzipped on every page for these four functions.
 */

interface Texts {
  [key: string]: string | Texts | undefined;
}

/** What the blanks of a text are filled with; `count` also chooses the plural form. */
type Values = Readonly<Record<string, unknown>>;

/** A key without the plural form at its end: whoever asks for it gives a `count`. */
type Asked<Name extends string> = Name extends `${infer Stem}_one` | `${infer Stem}_other`
  ? Stem | Name
  : Name;

/** The dotted keys of a catalogue's texts. */
export type KeysOf<Catalogue> = {
  [Name in keyof Catalogue & string]: Catalogue[Name] extends string
    ? Asked<Name>
    : `${Name}.${KeysOf<Catalogue[Name]>}`;
}[keyof Catalogue & string];

let texts: Texts = {};
let plurals = new Intl.PluralRules();

/** Forgets all texts: those that are added from now on are in `language`. */
export function beginTexts(language: string): void {
  texts = {};
  plurals = new Intl.PluralRules(language);
}

/** Adds the texts of areas. */
export function addTexts(areas: object): void {
  texts = { ...texts, ...areas };
}

/** What stands at a dotted key: a text, or the texts below it. */
export function found(key: string): string | object | undefined {
  return key
    .split(".")
    .reduce<string | Texts | undefined>((at, name) => (typeof at === "object" ? at[name] : undefined), texts);
}

/** The text at `key` with its blanks filled in, or the key itself where there is none. */
export function filled(key: string, values: Values = {}): string {
  const { count } = values;
  const plural = typeof count === "number" ? found(`${key}_${plurals.select(count)}`) : undefined;
  const text = plural ?? (typeof count === "number" ? found(`${key}_other`) : undefined) ?? found(key);
  if (typeof text !== "string") return key;
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => shown(values[name]));
}

const shown = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
