import { expect, it } from "vitest";
import { csvOf, stepsIn, tailOf } from "./steps.ts";

const ONE = { channels: ["load"], time: "day", series: null };
const TWO = { channels: ["load", "heat"], time: "day", series: "site" };
const NOTHING = { first: "", last: "", series: "" };

it.each([
  ["1, 2.5\n-3; 4e1", [1, 2.5, -3, 40]],
  [" [1, 2] ", [1, 2]],
  ['[{"load": 3, "day": "2026-01-01"}]', [{ load: 3, day: "2026-01-01" }]],
])("%j is the steps %j", (text, steps) => {
  expect(stepsIn(text, ONE)).toEqual({ ...NOTHING, steps });
});

it.each([
  ["1, two", "unreadable"],
  ["", "empty"],
  ["[1, ", "unreadable"],
  ["day,load", "empty"],
])("%j is no series: %s", (text, problem) => {
  expect(stepsIn(text, ONE)).toBe(problem);
});

it("takes of a CSV text the columns that are known, as they stand", () => {
  expect(stepsIn('note;day;load\na;2026-01-01;"1,5"\nb;2026-01-02;\n', ONE)).toEqual({
    steps: [
      { day: "2026-01-01", load: "1,5" },
      { day: "2026-01-02", load: null },
    ],
    first: "2026-01-01",
    last: "2026-01-02",
    series: "",
  });
});

it("keeps of several series the last row's, and names a column that lacks", () => {
  const text = "site,day,load,heat\na,1,2,3\nb,1,4,5\nb,2,6,7";
  expect(stepsIn(text, TWO)).toMatchObject({
    series: "b",
    first: "1",
    last: "2",
    steps: [{ load: "4" }, { load: "6" }],
  });
  expect(stepsIn("site,day,load\na,1,2", TWO)).toEqual({ missing: ["heat"] });
});

it("takes numbers without names in the order of the channels", () => {
  expect(stepsIn("1,2\n3,4", TWO)).toMatchObject({
    steps: [
      { load: "1", heat: "2" },
      { load: "3", heat: "4" },
    ],
  });
  expect(stepsIn("1,2\n3", TWO)).toBe("unreadable");
});

it("reads of a long file the names and the end, and writes what it can read", async () => {
  const rows = Array.from({ length: 80_000 }, (_, number) => `${number},${number}`);
  const reading = stepsIn(await tailOf(new File([["day,load", ...rows].join("\n")], "load.csv")), ONE);
  expect(reading).toMatchObject({ last: "79999" });
  expect((reading as { steps: unknown[] }).steps.length).toBeLessThan(80_000);
  const text = csvOf(["load", "note"], [{ load: 1, note: 'a "b", c' }]);
  expect(text).toBe('load,note\n1,"a ""b"", c"');
});
