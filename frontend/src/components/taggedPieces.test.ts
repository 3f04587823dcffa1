import { describe, expect, it } from "vitest";
import { marksEntities, piecesOfTags, piecesOfText } from "./taggedPieces.ts";

const tagged = (words: string, tags: string) => piecesOfTags(words.split(" "), tags.split(" "));

describe("words with tags", () => {
  it("are marked from the first to the last word of an entity", () => {
    expect(tagged("Ada Lovelace was in London", "B-PER I-PER O O B-LOC")).toEqual([
      { text: "Ada Lovelace", label: "PER" },
      { text: " " },
      { text: "was in" },
      { text: " " },
      { text: "London", label: "LOC" },
    ]);
  });

  it.each([
    ["B-PER B-PER", ["PER", "PER"]],
    ["I-PER I-LOC", ["PER", "LOC"]],
    ["S-PER E-PER", ["PER", "PER"]],
    ["B-PER E-PER", ["PER"]],
  ])("%s are the entities %j", (tags, labels) => {
    const found = tagged("a1 b2", tags).flatMap(({ label }) => label ?? []);
    expect(found).toEqual(labels);
  });

  it("are letters without spaces, in runs of a label, where each is one sign", () => {
    expect(piecesOfTags(Array.from("MKVL"), Array.from("HHEE"))).toEqual([
      { text: "MK", label: "H" },
      { text: "VL", label: "E" },
    ]);
    expect(marksEntities(Array.from("HHEE"))).toBe(false);
  });
});

it("counts places in a text by code points, as answers do", () => {
  expect(piecesOfText("🙂 Ada!", [{ start: 2, end: 5, label: "PER" }])).toEqual([
    { text: "🙂 " },
    { text: "Ada", label: "PER" },
    { text: "!" },
  ]);
});
