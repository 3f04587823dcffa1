/** What the outcomes of a verdict are called on the screen. */
import type { MantineColor } from "@mantine/core";
import type { Schemas } from "../api/client.ts";

export type Outcome = Schemas["Verdict"]["outcome"];

interface OutcomeWords {
  title: string;
  color: MantineColor;
}

export const OUTCOME_WORDS: Record<Outcome, OutcomeWords> = {
  better: { title: "The model is better than simple answers", color: "green" },
  matched: { title: "A simple model does as well", color: "blue" },
  no_better: { title: "The model is no better than a guess", color: "yellow" },
  worse: { title: "The model is worse than a guess", color: "red" },
  diverged: { title: "Training diverged", color: "red" },
};
