/** Attempts of a job as rows of spans over its time: what was billed, what was free and why, and where it was kept. */
import type { Schemas } from "../../api/client.ts";
import type { UsageLine } from "./queries.ts";

type Attempt = Schemas["Attempt"];
type Checkpoint = Schemas["Checkpoint"];

export interface Span {
  line: UsageLine;
  /** Of the job's time, 0 to 1. */
  left: number;
  width: number;
}

export interface Mark {
  checkpoint: Checkpoint;
  left: number;
}

export interface Lane {
  attempt: Attempt;
  spans: Span[];
  marks: Mark[];
}

interface Told {
  attempts: readonly Attempt[];
  lines: readonly UsageLine[];
  checkpoints: readonly Checkpoint[];
  begin: string;
  end: string;
}

/** A lane for each attempt, the first first. */
export function lanesOf({ attempts, lines, checkpoints, begin, end }: Told): Lane[] {
  const first = Date.parse(begin);
  const whole = Math.max(Date.parse(end) - first, 1);
  const place = (iso: string) => Math.min(1, Math.max(0, (Date.parse(iso) - first) / whole));
  return [...attempts]
    .sort((a, b) => a.attempt - b.attempt)
    .map((attempt) => ({
      attempt,
      spans: lines
        .filter((line) => line.attempt === attempt.attempt)
        .map((line) => ({
          line,
          left: place(line.started_at),
          width: place(line.ended_at) - place(line.started_at),
        })),
      marks: checkpoints
        .filter((each) => each.attempt === attempt.attempt)
        .map((checkpoint) => ({ checkpoint, left: place(checkpoint.created_at) })),
    }));
}
