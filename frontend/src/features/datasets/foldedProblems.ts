import type { DatasetProblem } from "./queries.ts";

/** All problems of one kind in one column. */
export interface FoldedProblem {
  code: string;
  column: string | null;
  problems: DatasetProblem[];
}

/** Problems by kind and column, the most frequent first. */
export function folded(problems: DatasetProblem[]): FoldedProblem[] {
  const kinds = new Map<string, FoldedProblem>();
  for (const problem of problems) {
    const key = JSON.stringify([problem.code, problem.column]);
    const kind = kinds.get(key) ?? { code: problem.code, column: problem.column, problems: [] };
    kind.problems.push(problem);
    kinds.set(key, kind);
  }
  return [...kinds.values()].sort((a, b) => b.problems.length - a.problems.length);
}

/** Whether numbers should be predicted instead of classes: most classes have too few rows, or there are too many. */
export function looksLikeNumbers(problems: DatasetProblem[]): boolean {
  if (
    problems.some(
      ({ code, message }) => code === "class_too_small" && /holds [\d,]+ different numbers/.test(message),
    )
  )
    return true;
  const classes = problems.filter(({ code }) => code === "class_too_small");
  const numeric = classes.filter(({ message }) => /['"][-+]?\d+([.,]\d+)?(e[-+]?\d+)?['"]/.test(message));
  return numeric.length > 3 && numeric.length > classes.length / 2;
}
