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

const blanks = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

describe("the Chinese texts", () => {
  const chinese = new Map(flat(zh));

  it.each(flat(en))("%s fills in what the English one does", (key, text) => {
    expect(blanks(chinese.get(key) ?? "")).toEqual(blanks(text));
  });

  it("are Chinese, but for names and figures", () => {
    const latin = [...chinese].filter(
      ([, text]) => !/\p{Script=Han}/u.test(text.replaceAll(/\{\{\w+\}\}/g, "")),
    );
    const names = latin.filter(([, text]) => /[a-z]{2}/.test(text.replaceAll(/\{\{\w+\}\}|Trainyard/g, "")));
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

  // A text for one and for several has two keys, which are asked for by what they share.
  it("are all used; those in groups are looked up by the API's names", () => {
    const unused = flat(en)
      .map(([key]) => key)
      .filter((key) => key.split(".").length < 3 && !code.includes(`"${key.replace(/_(one|other)$/, "")}"`));
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
