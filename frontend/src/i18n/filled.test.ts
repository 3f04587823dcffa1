import { beforeEach, describe, expect, it } from "vitest";
import { addTexts, beginTexts, filled, found } from "./texts.ts";

beforeEach(() => {
  beginTexts("en");
  addTexts({
    area: { hello: "{{name}} of {{name}}", rows_one: "One row", rows_other: "{{count}} rows" },
  });
});

describe("a text", () => {
  it("has each of its blanks filled in, everywhere", () =>
    expect(filled("area.hello", { name: "$&" })).toBe("$& of $&"));

  it("leaves a blank empty that nothing is known of", () =>
    expect(filled("area.hello", { name: null })).toBe(" of "));

  it("has the plural form of its count", () => {
    expect(filled("area.rows", { count: 1 })).toBe("One row");
    expect(filled("area.rows", { count: 0 })).toBe("0 rows");
  });

  it("has the one form that Chinese knows", () => {
    beginTexts("zh");
    addTexts({ area: { rows_one: "一行", rows_other: "{{count}} 行" } });
    expect(filled("area.rows", { count: 1 })).toBe("1 行");
  });

  it("is its own key where there is none", () => expect(filled("area.nothing")).toBe("area.nothing"));

  it("is of the language that was begun last", () => {
    beginTexts("zh");
    expect(found("area")).toBeUndefined();
  });
});
