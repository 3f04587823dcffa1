import { expect, it } from "vitest";
import { folded, looksLikeNumbers } from "./foldedProblems.ts";

const problem = (code: string, row: number, message = "", column = "y") => ({
  file: null,
  row,
  column,
  code,
  message,
});

it("folds hundreds of problems into one of each kind and column, the most frequent first", () => {
  const many = Array.from({ length: 441 }, (_, index) => problem("class_too_small", index));
  const kinds = folded([problem("encoding", 1), ...many, problem("encoding", 2, "", "x")]);
  expect(kinds.map(({ code, column, problems }) => [code, column, problems.length])).toEqual([
    ["class_too_small", "y", 441],
    ["encoding", "y", 1],
    ["encoding", "x", 1],
  ]);
});

it("sees numbers that were to be classes", () => {
  const classes = (names: string[]) =>
    names.map((name) => problem("class_too_small", 1, `Class '${name}' has 1 of the 3 rows`));
  expect(looksLikeNumbers(classes(["1.5", "2", "3e5", "-4"]))).toBe(true);
  expect(looksLikeNumbers(classes(["red", "blue", "green", "4", "violet"]))).toBe(false);
  expect(looksLikeNumbers([])).toBe(false);
  const many = (what: string) =>
    problem(
      "class_too_small",
      1,
      `The target holds 1,600 different ${what}, of which 600 stand in fewer than 3 rows.`,
    );
  expect(looksLikeNumbers([many("numbers")])).toBe(true);
  expect(looksLikeNumbers([many("values")])).toBe(false);
});
