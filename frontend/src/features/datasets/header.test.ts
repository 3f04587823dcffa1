import { describe, expect, it } from "vitest";
import { columnsOf, csvHeader, jsonlHeader } from "./header.ts";

describe("the columns of a table", () => {
  it.each([
    ["a,b,c\n1,2,3", ["a", "b", "c"]],
    ['"one, two","say ""hi""",c\r\n', ["one, two", 'say "hi"', "c"]],
    ["a;b\n", ["a", "b"]],
    ["", []],
  ])("of the CSV %j are %j", (text, columns) => expect(csvHeader(text)).toEqual(columns));

  it.each([
    ['{"x":1,"y":2}\n{"x":3}', ["x", "y"]],
    ['{"x":1', []],
    ["3", []],
  ])("of the JSONL %j are %j", (text, columns) => expect(jsonlHeader(text)).toEqual(columns));

  it("are found in a file by its name", async () => {
    expect(await columnsOf(new File(["\uFEFFa,b\n1,2"], "T.CSV"))).toEqual(["a", "b"]);
    expect(await columnsOf(new File(["a\tb\n1\t2"], "t.tsv"))).toEqual(["a", "b"]);
    expect(await columnsOf(new File(["PAR1"], "t.parquet"))).toEqual([]);
  });
});
