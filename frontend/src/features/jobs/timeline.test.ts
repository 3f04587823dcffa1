import { describe, expect, it } from "vitest";
import { folded, type JobEvent, titleOf } from "./timeline.ts";

const event = (sequence: number, type: string, attempt = 1): JobEvent => ({
  sequence,
  type,
  attempt,
  from_state: "",
  to_state: type === "state_changed" ? "running" : "",
  reason: "",
  data: { number: sequence, step: 100 * sequence },
  created_at: "2026-03-01T12:00:00Z",
});

describe("the timeline", () => {
  it("shows of a run of checkpoints the last", () => {
    const events = [
      event(1, "state_changed"),
      event(2, "checkpoint"),
      event(3, "checkpoint"),
      event(4, "checkpoint"),
      event(5, "checkpoint", 2),
      event(6, "state_changed", 2),
      event(7, "checkpoint", 2),
    ];
    expect(folded(events).map(({ sequence }) => sequence)).toEqual([1, 4, 5, 6, 7]);
  });

  it("names a checkpoint by its number and step", () => {
    expect(titleOf(event(4, "checkpoint"))).toBe("Checkpoint 4 at step 400");
    expect(titleOf(event(1, "state_changed"))).toBe("Running");
  });
});
