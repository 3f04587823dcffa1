import { describe, expect, it } from "vitest";
import { namesIn } from "./archiveNames.ts";
import { guessArchive, guessTable, kindOfCells, looksTagged } from "./detect.ts";
import { csvHead, headOf, jsonHead } from "./tableText.ts";

const lines = (header: string, row: (index: number) => string, count = 40) =>
  [header, ...Array.from({ length: count }, (_, index) => row(index))].join("\n");
const guessed = (text: string) => {
  const { task, choice } = guessTable(csvHead(text));
  return [task, choice.roles];
};
const day = (index: number) => new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10);
const MESSAGE = "the parcel has not arrived and nobody answers, number";

describe("what a table is for", () => {
  it.each([
    [lines("a,price", (i) => `${i % 3},${i * 1.5}`), "tabular_regression", { target: "price" }],
    [lines("a,species", (i) => `${i},${i % 2 ? "x" : "y"}`), "tabular_classification", { target: "species" }],
    [lines("a,b", (i) => `${i},${i % 2}`), "tabular_classification", { target: "b" }],
    [
      lines("msg,topic", (i) => `"${MESSAGE} ${i}",${i % 2 ? "x" : "y"}`),
      "text_classification",
      { text: "msg", target: "topic" },
    ],
    [
      lines("day,load", (i) => `${day(i)},${i * 2}`),
      "time_series_forecasting",
      { time: "day", target: "load" },
    ],
    [
      lines("town,day,load", (i) => `${i % 2 ? "A" : "B"},${day(Math.floor(i / 2))},${i}`),
      "time_series_forecasting",
      { time: "day", target: "load", series: "town" },
    ],
    [
      lines("shop,2018,2019,2020,2021,2022,2023,2024,2025", (i) => `A${i},1,2,3,4,5,6,7,${i}`),
      "time_series_forecasting",
      { time: "columns", series: "shop", target: "value" },
    ],
    [
      lines("V1,V2,V3,V4,V5,V6,V7,V8,V9,class", (i) => `1,2,3,4,5,6,7,8,${i},${i % 2}`),
      "tabular_classification",
      { target: "class" },
    ],
    [
      lines("en,de", (i) => `Good morning ${i},Guten Morgen ${i}`),
      "translation",
      { text: "en", target: "de" },
    ],
    [
      lines("user,item,rating", (i) => `${i},${i % 7},${i % 5}`),
      "recommendation",
      { user: "user", item: "item", target: "rating" },
    ],
    [lines("text", (i) => `"${MESSAGE} ${i}"`), "language_modelling", { text: "text" }],
  ])("%#", (text, task, roles) => {
    const [found, chosen] = guessed(text);
    expect(found).toBe(task);
    expect(chosen).toMatchObject(roles);
  });

  it("does not take a date of birth for the time of a series", () => {
    expect(
      guessed(lines("born,fee,left", (i) => `${day((i * 37) % 90)},${i},${i % 2 ? "yes" : "no"}`))[0],
    ).toBe("tabular_classification");
  });
});

describe("tagged texts", () => {
  it.each([
    [{ tokens: ["Ada", "came"], ner_tags: ["B-PER", "O"] }, "token_classification"],
    [{ text: "Ada came", entities: [{ start: 0, end: 3, label: "PER" }] }, "token_classification"],
    [{ text: "Ada came", label: [[0, 3, "PER"]] }, "token_classification"],
    [{ sequence: "MKV", labels: "HHE" }, "token_classification"],
    [{ text: `${MESSAGE}, again and again`, label: "shop" }, "text_classification"],
    [{ text: `${MESSAGE}, again and again`, labels: ["shop", "late"] }, "text_classification"],
  ])("%j are told from others by their keys", (row, task) => {
    const rows = Array.from({ length: 20 }, (_, index) =>
      JSON.stringify(task === "text_classification" ? { ...row, text: `${MESSAGE} ${index}` } : row),
    );
    expect(guessTable(jsonHead(rows.join("\n"))).task).toBe(task);
  });

  it.each([
    ["-DOCSTART- -X- O\n\nEU NNP B-ORG\nrejects VBZ O\n", true],
    ["Ada\tB-PER\ncame\tO\n\n", true],
    ["It was a bright morning O\nand the market I\n", false],
    ["a,b\n1,2\n", false],
    ["", false],
  ])("%j is columns of tokens and tags: %s", (text, is) => {
    expect(looksTagged(text)).toBe(is);
  });
});

describe("what an archive is for", () => {
  it.each([
    [["yes/1.wav", "no/2.WAV"], "audio_classification"],
    [["1.wav", "1.txt", "2.wav", "2.txt"], "speech_recognition"],
    [["a/1.flac", "transcripts.csv"], "speech_recognition"],
    [["cat/1.png", "dog/2.jpg", "readme.txt"], "image_classification"],
    [["shop/1.txt", "film/2.txt"], "text_classification"],
    [["1.txt", "2.txt"], "language_modelling"],
    [["data.bin"], undefined],
  ])("%j", (names, task) => expect(guessArchive(names)).toBe(task));

  it("tells the names in a tar from its first headers", async () => {
    const block = new Uint8Array(512);
    const write = (text: string, at: number) => block.set(new TextEncoder().encode(text), at);
    write("yes/1.wav", 0);
    write("00000000000", 124);
    write("0", 156);
    expect(await namesIn(new File([block], "a.tar"))).toEqual(["yes/1.wav"]);
    expect(await namesIn(new File(["no zip"], "a.zip"))).toEqual([]);
  });
});

describe("the head of a table", () => {
  it("keeps quotes, separators in them, and line breaks", () => {
    const { columns, rows } = csvHead('"one, two","say ""hi""",c\r\n1,"a\nb",3\n');
    expect(columns).toEqual(["one, two", 'say "hi"', "c"]);
    expect(rows).toEqual([["1", "a\nb", "3"]]);
  });

  it.each([
    ["instruction_tuning", { messages: [{ role: "user", content: "a" }] }],
    ["instruction_tuning", { instruction: "a", input: "", output: "b" }],
    ["preference_tuning", { prompt: "a", chosen: "b", rejected: "c" }],
  ])("knows conversations for %s", (task, row) => {
    expect(guessTable(jsonHead(JSON.stringify([row, row]))).task).toBe(task);
  });

  it("takes the separator that there is, and keys of all objects", async () => {
    expect(csvHead("a;b\n1,5;2").columns).toEqual(["a", "b"]);
    expect(jsonHead('{"x":1,"y":2}\n{"x":3,"z":"q"}\n3').columns).toEqual(["x", "y", "z"]);
    expect(jsonHead('[\n {"x": "]}", "y": [1]},\n {"x": 3}, {"x"').rows).toEqual([
      ["]}", "[1]"],
      ["3", ""],
    ]);
    expect((await headOf(new File(["\uFEFFa\tb\n1\t2"], "T.TSV"))).columns).toEqual(["a", "b"]);
    expect((await headOf(new File(["PAR1"], "t.parquet"))).columns).toEqual([]);
  });

  it.each([
    ["pandas", ",size,kind\n0,1,a\n1,2,b\n"],
    ["write.table of R", '"size"\t"kind"\n"1"\t1\t"a"\n"2"\t2\t"b"\n'],
  ])("leaves the index that %s writes out, and keeps cells under their columns", (_, text) => {
    expect(csvHead(text)).toEqual({
      columns: ["size", "kind"],
      rows: [
        ["1", "a"],
        ["2", "b"],
      ],
    });
  });

  it("tells numbers, times, texts and categories apart", () => {
    expect(["1", "2,5", "NA", "-3e4"].map((cell) => kindOfCells([cell, "1"]))).toEqual(
      Array(4).fill("number"),
    );
    expect(kindOfCells(["2026-01-02 10:00", "2026-01-03"])).toBe("time");
    expect(kindOfCells(["red", "blue"])).toBe("category");
    expect(kindOfCells(["", "NaN"])).toBe("empty");
  });
});
