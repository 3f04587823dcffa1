"""Invariant checks of everything stored about jobs: events, attempts, their writes and the bill.

Reads only, with a fixed number of queries. On a running platform the caller's transaction has to be a snapshot;
otherwise rows from before and after a change seem to contradict each other.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any

from trainyard.billing import books_check
from trainyard.billing.models import Hold, LedgerTransaction, UsageRecord
from trainyard.core.check_results import CheckResult
from trainyard.jobs.models import Attempt, Checkpoint, Event, Job, LogLine, MetricChunk
from trainyard.jobs.reporting.checkpoints import CHECKPOINT
from trainyard_spec.states import (
    HELD_BY_A_WORKER,
    LIVE_ATTEMPT_STATES,
    TERMINAL_STATES,
    TRANSITIONS,
    AttemptState,
    JobState,
)

RULES = {
    "numbered": "A job's events are numbered from 1 without a gap, and the job's counter equals their number.",
    "fences_grow": "The fence never decreases along a job's events.",
    "states_follow": "Each change of state begins where the last one ended, as the table of transitions allows.",
    "one_end": "A job ends once, and has no event afterwards.",
    "attempts_numbered": "A job's attempts are numbered from 1 to its fence.",
    "one_holder": "At most the newest attempt is running, and only while a worker holds the job.",
    "no_interleaving": "Once an attempt's metrics or log lines were accepted, none of an older attempt are.",
    "written_while_alive": "What an attempt stored was written before it ended or, if lost, before the next attempt.",
    "billed_once": "An attempt's billed time has no gap or overlap, and covers durable work beyond what it repeated.",
    "billed_apart": "The billed times of a job's attempts do not overlap.",
    "nothing_held": "A job that is paused or has ended reserves nothing.",
    **books_check.RULES,
}


@dataclass(frozen=True, slots=True)
class History:
    """Numbers of rows that were checked, by name, and the violations that were found."""

    counts: dict[str, int]
    findings: list[CheckResult]


def check() -> History:
    """Holds everything stored against ``RULES``."""
    jobs = {job.id: job for job in Job.across_tenants.only("id", "state", "fence", "events_count")}
    events, attempts = _by_job(Event, order="sequence"), _by_job(Attempt, order="fence")
    usage, checkpoints = _by_job(UsageRecord, order="from_microseconds"), _by_job(Checkpoint, order="created_at")
    findings = [*_check_writes(MetricChunk), *_check_writes(LogLine), *books_check.check_books()]
    held = set(Hold.across_tenants.filter(released_at=None).values_list("job_id", flat=True))
    for job in jobs.values():
        findings += [
            *_check_events(job, events[job.id]),
            *_check_attempts(job, attempts[job.id]),
            *_check_stored_in_time(attempts[job.id], events[job.id], checkpoints[job.id], usage[job.id]),
            *_check_usage(job, attempts[job.id], usage[job.id]),
        ]
        if job.id in held and job.state in TERMINAL_STATES | {JobState.PAUSED}:
            findings.append(CheckResult("nothing_held", job.id, f"it is {job.state} and still reserves"))
    counts = {
        "jobs": len(jobs),
        "events": sum(map(len, events.values())),
        "attempts": sum(map(len, attempts.values())),
        "usage records": sum(map(len, usage.values())),
        "ledger transactions": LedgerTransaction.across_tenants.count(),
    }
    return History(counts, findings)


def _by_job(model: type[Any], *, order: str) -> defaultdict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in model.across_tenants.order_by("job_id", order).iterator():
        found[row.job_id].append(row)
    return found


def _check_events(job: Job, events: Sequence[Event]) -> Iterator[CheckResult]:
    if [event.sequence for event in events] != list(range(1, job.events_count + 1)):
        yield CheckResult("numbered", job.id, f"{len(events)} events are stored, {job.events_count} were counted")
    for before, after in pairwise(events):
        if after.fence < before.fence:
            yield CheckResult("fences_grow", job.id, f"fence {after.fence} at {after.sequence} follows {before.fence}")
    state = ""
    for event in events:
        if state in TERMINAL_STATES:
            yield CheckResult("one_end", job.id, f"{event.type} at {event.sequence}, after it had {state}")
        if event.to_state:
            leads_on = not state or event.to_state in TRANSITIONS[JobState(state)]
            if event.from_state != state or not leads_on:
                message = f"{event.from_state} to {event.to_state} at {event.sequence}, while it was {state or 'new'}"
                yield CheckResult("states_follow", job.id, message)
            state = event.to_state
    if state != job.state:
        yield CheckResult("states_follow", job.id, f"its events end with {state}, and it is {job.state}")


def _check_attempts(job: Job, attempts: Sequence[Attempt]) -> Iterator[CheckResult]:
    fences = [attempt.fence for attempt in attempts]
    if fences != list(range(1, job.fence + 1)):
        yield CheckResult("attempts_numbered", job.id, f"its fence is {job.fence}, its attempts are {fences}")
    live = [attempt.fence for attempt in attempts if attempt.state in LIVE_ATTEMPT_STATES]
    if live != ([job.fence] if job.state in HELD_BY_A_WORKER else []):
        yield CheckResult("one_holder", job.id, f"it is {job.state} at fence {job.fence}, and attempts {live} live")


def _check_stored_in_time(
    attempts: Sequence[Attempt],
    events: Sequence[Event],
    checkpoints: Sequence[Checkpoint],
    usage: Sequence[UsageRecord],
) -> Iterator[CheckResult]:
    by_id = {attempt.id: attempt for attempt in attempts}
    # Where a limit did not pay for a checkpoint at once, a later one may: its usage is not bound to the attempt's life.
    ids = {checkpoint.id for checkpoint in checkpoints}
    stored: list[Checkpoint | UsageRecord] = [*checkpoints, *(row for row in usage if row.billed_by not in ids)]
    begun = {attempt.fence: attempt.claimed_at for attempt in attempts}
    for row in stored:
        attempt = by_id[row.attempt_id]
        # A worker that is back hands over what its lost attempt left, while the job waits (``attempts.is_late``).
        is_lost = attempt.state == AttemptState.LOST
        until = begun.get(attempt.fence + 1) if is_lost else attempt.ended_at
        if until is not None and row.created_at > until:
            yield CheckResult("written_while_alive", row.id, f"stored at {row.created_at}, and too late from {until}")
    fences = {event.data["checkpoint_id"]: event.fence for event in events if event.type == CHECKPOINT}
    for checkpoint in checkpoints:
        own = by_id[checkpoint.attempt_id].fence
        noted = fences.get(checkpoint.id, own)  # not every one is
        if own != noted:
            message = f"it is of attempt {own}, and of {noted} in the job's history"
            yield CheckResult("written_while_alive", checkpoint.id, message)


def _check_usage(job: Job, attempts: Sequence[Attempt], usage: Sequence[UsageRecord]) -> Iterator[CheckResult]:
    fence = attrgetter("fence")
    by_fence = {number: list(rows) for number, rows in groupby(sorted(usage, key=fence), fence)}
    for attempt in attempts:
        edges = [
            (0, attempt.repeated_microseconds),
            *((row.from_microseconds, row.to_microseconds) for row in by_fence.get(attempt.fence, ())),
        ]
        gaps = [(end, start) for (_, end), (start, _) in pairwise(edges) if end != start]
        if gaps or edges[-1][1] > attempt.settled_microseconds:
            durable, repeated = attempt.durable_microseconds, attempt.repeated_microseconds
            message = f"{durable} μs are durable, the first {repeated} of them repeated, and billed is {edges[1:]}"
            yield CheckResult("billed_once", attempt.id, message)
    spans = [(rows[0].started_at, rows[-1].ended_at, number) for number, rows in by_fence.items()]
    for (_, ended, before), (began, _, after) in pairwise(spans):
        if began < ended:
            yield CheckResult("billed_apart", job.id, f"attempt {before} is billed to {ended}, {after} from {began}")


def _check_writes(model: type[MetricChunk] | type[LogLine]) -> Iterator[CheckResult]:
    newest: dict[str, int] = {}
    for job_id, fence in model.across_tenants.order_by("id").values_list("job_id", "fence").iterator():
        if fence < newest.get(job_id, 0):
            message = f"a {model.__name__} of attempt {fence} was stored after one of {newest[job_id]}"
            yield CheckResult("no_interleaving", job_id, message)
        newest[job_id] = max(fence, newest.get(job_id, 0))
