import { useState } from "react";
import { kindOf, taskFor, type Task } from "../../words/tasks.ts";
import { namesIn } from "./archiveNames.ts";
import { type ColumnChoice, likelyColumns, NO_COLUMNS } from "./columns.ts";
import { type Guess, guessArchive, guessTable, looksTagged } from "./detect.ts";
import { headOf, linesOf, NO_TABLE, type TableHead } from "./tableText.ts";

interface Chosen {
  file: File | null;
  task: Task;
  choice: ColumnChoice;
  head: TableHead;
  guess: Guess | undefined;
  /** Whether what to learn was told from the file, and not by a person. */
  isDetected: boolean;
}

const NOTHING: Chosen = {
  file: null,
  task: "image_classification",
  choice: NO_COLUMNS,
  head: NO_TABLE,
  guess: undefined,
  isDetected: false,
};

/** The columns for `task`: what was detected, as far as it is for this task. */
function choiceFor(task: Task, head: TableHead, guess: Guess | undefined): ColumnChoice {
  return guess?.task === task ? guess.choice : likelyColumns(head.columns);
}

/** The file that was chosen and what is learnt from it: detected, and corrected by hand. `fixed` is a dataset's task. */
export function useFileChoice(fixed: Task | undefined) {
  const [chosen, set] = useState<Chosen>({ ...NOTHING, ...(fixed && { task: fixed }) });
  return {
    ...chosen,
    setChoice: (choice: ColumnChoice) => set((old) => ({ ...old, choice })),
    setTask: (task: Task) =>
      set((old) => ({ ...old, task, choice: choiceFor(task, old.head, old.guess), isDetected: false })),
    choose: async (file: File) => {
      const kind = kindOf(file.name);
      const head = await headOf(file);
      const guess = head.rows.length > 0 ? guessTable(head) : undefined;
      const isArchive =
        kind !== undefined && head.columns.length === 0 && /\.(zip|tar|tgz|gz)$/i.test(file.name);
      const isTagged = /\.(txt|tsv)$/i.test(file.name) && looksTagged(await linesOf(file));
      const found = isTagged
        ? "token_classification"
        : (guess?.task ?? (isArchive ? guessArchive(await namesIn(file)) : undefined));
      set((old) => {
        const task = fixed ?? found ?? taskFor(old.task, kind);
        return {
          file,
          task,
          head,
          guess,
          choice: choiceFor(task, head, guess),
          isDetected: !fixed && kind !== undefined,
        };
      });
    },
  };
}
