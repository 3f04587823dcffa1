import {
  type CompiledIcuChoices,
  type CompiledMessageToken,
  compileMessage,
} from "@lingui/message-utils/compileMessage";
import { afterAll, describe, expect, it } from "vitest";
import { en } from "./en/index.ts";
import { type Area, currentLanguage, loadTexts, preferredLanguage, startTexts, t } from "./index.ts";
import { zh } from "./zh/index.ts";

type Texts = { [key: string]: string | Texts };

/** Every text with its dotted key. */
function flat(texts: Texts, prefix = ""): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]): [string, string][] =>
    typeof value === "string" ? [[prefix + key, value]] : flat(value, `${prefix}${key}.`),
  );
}

/** What a message is filled with. Of a plural that are the blanks of the form `other`, which every language has. */
function blanks(tokens: readonly CompiledMessageToken[]): string[] {
  return tokens.flatMap((token) => {
    if (typeof token === "string") return [];
    const [name, type, forms] = token;
    return type === "plural" ? blanks((forms as CompiledIcuChoices).other ?? []) : [name];
  });
}

const namesIn = (text: string) => blanks(compileMessage(text)).sort();

const PLACEHOLDER = /\{[^{}]*\}/g;

describe("the Chinese texts", () => {
  const chinese = new Map(flat(zh));

  it.each(flat(en))("%s fills in what the English one does", (key, text) => {
    expect(namesIn(chinese.get(key) ?? "")).toEqual(namesIn(text));
  });

  it("are Chinese, but for names and figures", () => {
    const latin = [...chinese].filter(
      ([, text]) => !/\p{Script=Han}/u.test(text.replaceAll(PLACEHOLDER, "")),
    );
    const names = latin.filter(([, text]) =>
      /[a-z]{2}/.test(text.replaceAll(PLACEHOLDER, "").replaceAll("Trainyard", "")),
    );
    expect(names).toEqual([]);
  });
});

describe("the English texts", () => {
  const sources = import.meta.glob<string>(["../**/*.{ts,tsx}", "!../i18n/**", "!../**/*.test.*"], {
    query: "?raw",
    import: "default",
    eager: true,
  });
  const code = Object.values(sources).join("\n");

  it("are all used; those in groups are looked up by the API's names", () => {
    const unused = flat(en)
      .map(([key]) => key)
      .filter((key) => key.split(".").length < 3 && !code.includes(`"${key}"`));
    expect(unused).toEqual([]);
  });
});

describe("the language", () => {
  afterAll(async () => {
    await startTexts("en");
    await loadTexts(Object.keys(en) as Area[]);
  });

  it("is English for a browser that asks for none of ours", () => expect(preferredLanguage()).toBe("en"));

  it("changes every text, and the document says so", async () => {
    await startTexts("zh");
    expect(currentLanguage()).toBe("zh");
    expect(t("terms.states.running")).toBe("运行中");
    expect(document.documentElement.lang).toBe("zh");
  });
});
