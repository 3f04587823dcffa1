"""Writes ``docs/job-life.md`` from the tables by which jobs move: ``python scripts/job_life.py``."""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "contracts"))

from trainyard_spec.states import TERMINAL_STATES, TRANSITIONS, DesiredState, JobState  # noqa: E402  # the line above
from trainyard_spec.stop_rules import STOP_RULES, Retry, StopRule  # noqa: E402
from trainyard_spec.training import STRETCH_SECONDS  # noqa: E402

DOCUMENT = ROOT / "docs" / "job-life.md"

STATES = """\
# The life of a job

`make schema` writes this page from the tables by which the platform acts: `TRANSITIONS` in
[states.py](../contracts/trainyard_spec/states.py) and `STOP_RULES` in
[stop_rules.py](../contracts/trainyard_spec/stop_rules.py).

## States

Each transition is one guarded update that appends to the job's event log, with a reason.
"""

STOPS = """
## Why a job stops

`reason` stands beside the job's state and in its events. A worker that is asked to stop writes a checkpoint first;
after a fault the last registered checkpoint counts. Where several reasons meet, the row further down stands; of those
that lead to the same state, the one that came first.
"""

BILLING = f"""
A second is billed once, when a checkpoint or the finished model that holds its work is registered. What the platform
loses after that is free. What the customer ends is not: a pause is saved and billed up to the stop, and a job that is
cancelled, or fails by its own data or settings, is billed up to the last progress and metrics that it reported.
Cancelling declines the model, not the price of what the metrics told. Where an attempt has to go on from an older
checkpoint than the furthest, because that one is damaged, its time is free until it is past the furthest. Time in which
a training was ready to run and its host had no processor for it is not trained time, and free: `starved` in
`GET /jobs/{{id}}/usage`, as the kernel tells it of the thread that waited longest. Free are also the time
in the queue (`queued`, on no slot), that on a worker until training begins (`starting`), and that after it was asked to
stop (`stopping`): what is trained then and no checkpoint holds, and until its slots are free. Never is more
billed than `max_runtime_seconds`, nor than the cap.

Training time counts from when the engine had loaded model and data, as its worker measured since the claim: a message
that arrives late neither shortens nor lengthens a bill. A checkpoint that a lost worker still has on its disk is kept
when it comes back, while the job waits or is paused; once a newer attempt has begun, it is refused and free.

The cap is `max_cost`, whatever becomes of prices; where none is given, it is what `max_runtime_seconds` costs at the
price of the day. A new price rules from its moment on: usage is split there. A job is taken in if the wallet holds what
it may cost at the price of the day, but it reserves only about ten minutes of training at a time, and more as it goes
on: what it reserves and what it was billed are together never more than its cap. Where cap or wallet have no more to
give, the job stops with a checkpoint. What a job reserves goes back to the wallet as soon as it is paused, failed or
cancelled.

A worker is given a job only if there are funds for a stretch of {STRETCH_SECONDS} seconds of training. A `max_cost`
below that is refused with the figure that is needed, and so is resuming with less. Training may pass a limit before its
worker hears of it: that time is not billed at once, but it is the first to be paid for when the job is resumed under
higher limits."""

RETRIES = """
## Faults that are tried again

Faults are counted by reason. A new checkpoint sets all counts back to zero: the job got somewhere. One fault more than
the limit pauses the job with that reason: what was paid for is not lost, and `resume` goes on from the last checkpoint.
A job without a checkpoint has paid nothing, and fails. Stops that no fault caused use no retry, and neither do faults
on a worker that was quarantined or removed. While a job waits, `GET /jobs/{id}/queue` says so and for how long.
"""

VERDICT = """
## What the model is worth

A job that succeeded has a `verdict`, which `GET /jobs/{id}` and `GET /models/{id}` show, the command line prints, and
the model's `manifest.json` holds. The model is held against answers that cost nothing, on the same test rows: guesses,
which read nothing (the most frequent class, the mean or median, the last value or season, the most popular items, how
frequent each token is, the text itself, the most frequent transcript), and simple models (a logistic or ridge
regression, naive Bayes on tokens, a bias for each user and item), which are fitted to as many training rows as take
about a second.

| `outcome` | the model |
|---|---|
| `better` | is clearly better than all of them |
| `matched` | is clearly better than the best guess, and not clearly than the best simple model |
| `no_better` | is not clearly better than the best guess |
| `worse` | is clearly worse than the best guess |
| `diverged` | is not clearly better than the best guess, and its training loss rose above where it began |

Clearly is where the 95 % interval of the difference, from leaving out parts of the test rows in turn, lies on one side
of zero; of fewer than eight parts nothing is clear. `signs` name what else was seen, such as `overfits`, `one_class`,
`stopped_early` or `few_test_rows`, and `sentence` says all of it in a line. The time that this takes is not billed.
"""

WORKERS = """
## Unresponsive is not dead

A worker that is not heard of for the time of a lease loses its attempts, whether it died or only sleeps. One that wakes
up again finds its fence stale: everything it still wants to write about the job is refused with `stale_fence`, it kills
its engine and forgets the attempt. Nothing of it can end up in the job's history, on its bill or in its model.

A worker that is started again names what it still holds, and loses all else at once: no lease has to pass. It holds on
to attempts of which a complete checkpoint lies on its disk whose metrics were all delivered, because the process before
it was killed or had no time left to upload it (`TRAINYARD_WORKER_STOP_GRACE_SECONDS`), hands that over first and then
lets go. Such a checkpoint counts, and is billed, even if the lease has passed meanwhile, as long as the job still waits
in the queue; where a newer attempt has begun, it is refused. Where an attempt goes on from an earlier step than was
reported, the job's events tell it: `stepped_back`, with the reason why the attempt before ended, from which step to
which. What is done again had not been billed.

An engine that takes no step is hung. Its worker remembers the longest time between two signs of progress, and kills the
engine when it has been silent for a multiple of that (`TRAINYARD_WORKER_HANG_FACTOR`), and at least for
`TRAINYARD_WORKER_HANG_FLOOR_SECONDS`. An engine that was asked to stop and has not done so within
`TRAINYARD_WORKER_STOP_SECONDS` is killed as well; its job goes where it was asked to go, from its last checkpoint.
"""


def render() -> str:
    """The whole document."""
    return "\n".join(
        [
            STATES,
            *_diagram(),
            STOPS,
            *map(_row, _stop_table()),
            BILLING,
            RETRIES,
            *map(_row, _retry_table()),
            WORKERS,
            VERDICT,
        ]
    )


def _diagram() -> Iterator[str]:
    yield "```mermaid\nstateDiagram-v2\n    [*] --> queued: submitted, funds held"
    for source, targets in TRANSITIONS.items():
        yield from (f"    {source} --> {target}: {label}" for target, label in targets.items())
    yield from (f"    {state} --> [*]" for state in JobState if state in TERMINAL_STATES)
    yield "```"


def _stop_table() -> Iterator[tuple[str, ...]]:
    yield "reason", "what happened", "asked of the worker", "the job is then", "what brings it on", "billed"
    yield ("---",) * 6
    for rule in STOP_RULES:
        asked = "" if rule.desired == DesiredState.RUN else f"`{rule.desired}`"
        yield f"`{rule.reason}`", rule.what, asked, f"`{rule.to}`", rule.then, f"{rule.billed}"


def _retry_table() -> Iterator[tuple[str, ...]]:
    yield "reason", "tried again in a row", "waits before it"
    yield ("---",) * 3
    yield from (_retry_row(rule, rule.retry) for rule in STOP_RULES if rule.retry)


def _retry_row(rule: StopRule, retry: Retry) -> tuple[str, ...]:
    times = "without end" if retry.limit is None else f"{retry.limit}"
    if retry.first_seconds == 0:
        return f"`{rule.reason}`", times, "no longer than its lease took to pass"
    first = f"{retry.first_seconds:g} s"
    if retry.limit == 1:
        return f"`{rule.reason}`", times, first
    return f"`{rule.reason}`", times, f"{first}, then twice as long each time, at most {retry.longest_seconds:g} s"


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |" if cells[0] != "---" else f"|{'|'.join(cells)}|"


if __name__ == "__main__":
    DOCUMENT.write_text(render())
