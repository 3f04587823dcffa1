"""Why a job stops and what follows: one table for the control plane, from which its documentation is made, too."""

from dataclasses import dataclass
from enum import StrEnum

from trainyard_spec.states import DesiredState, JobState, Reason


@dataclass(frozen=True, slots=True)
class Retry:
    """Retry policy: how often a job is retried without a new checkpoint in between, and the delay before each retry.

    ``limit`` of ``None`` means without limit. The n-th delay is ``first_seconds`` doubled n - 1 times (exponential
    back-off), at most ``longest_seconds``.
    """

    limit: int | None
    first_seconds: float
    longest_seconds: float = 300.0

    def allows(self, failures: int) -> bool:
        """Whether a job goes on that has stopped so ``failures`` times in a row."""
        return self.limit is None or failures <= self.limit

    def seconds_before(self, failures: int) -> float:
        """How long it then waits; ``failures`` counts from 1."""
        return min(self.first_seconds * 2.0 ** min(failures - 1, 64), self.longest_seconds)


class Billed(StrEnum):
    """Up to which point an attempt is billed when it stops.

    Work that the platform loses is free. When the customer ends a job, the work whose results were delivered is billed.
    """

    TO_THE_STOP = "up to the checkpoint it stops with"
    TO_THE_LAST_REPORT = "up to the last progress and metrics that it reported"
    TO_THE_LAST_CHECKPOINT = "up to its last checkpoint, the rest is free"


@dataclass(frozen=True, slots=True)
class StopRule:
    """One way in which a job leaves its worker unfinished.

    ``desired`` is what the worker is asked to do; ``RUN`` marks a fault, which nobody requested. If several rules
    apply, the one with the highest ``rank`` wins. ``to`` is the next state of the job, and ``then`` what continues it
    from there. ``retry`` counts faults; a stop without it uses up no retry.
    """

    reason: Reason
    desired: DesiredState
    rank: int
    to: JobState
    what: str
    then: str
    billed: Billed
    retry: Retry | None = None


_STOP = DesiredState.STOP_WITH_CHECKPOINT
_AT_ONCE = "It is queued in its old place and goes on from its last checkpoint."
_NEVER = "Never."

STOP_RULES: tuple[StopRule, ...] = (
    StopRule(
        Reason.PREEMPTED,
        desired=_STOP,
        rank=1,
        to=JobState.QUEUED,
        what="A job that goes first needs its slots.",
        then=_AT_ONCE,
        billed=Billed.TO_THE_STOP,
    ),
    StopRule(
        Reason.DRAINED,
        desired=_STOP,
        rank=1,
        to=JobState.QUEUED,
        what="Its worker is drained, or shuts down in good order.",
        then=_AT_ONCE,
        billed=Billed.TO_THE_STOP,
    ),
    StopRule(
        Reason.QUARANTINED,
        desired=_STOP,
        rank=1,
        to=JobState.QUEUED,
        what="Its worker is taken out of service because it is faulty.",
        then=_AT_ONCE,
        billed=Billed.TO_THE_STOP,
    ),
    StopRule(
        Reason.SUSPENDED,
        desired=_STOP,
        rank=1,
        to=JobState.QUEUED,
        what="The operator suspended its organization.",
        then="It is queued, and goes on from its last checkpoint once the organization is active again.",
        billed=Billed.TO_THE_STOP,
    ),
    StopRule(
        Reason.CAP_REACHED,
        desired=_STOP,
        rank=2,
        to=JobState.PAUSED,
        what="It would soon cost more than its cap.",
        then="Resume it with a higher `max_cost`.",
        billed=Billed.TO_THE_STOP,
    ),
    StopRule(
        Reason.INSUFFICIENT_FUNDS,
        desired=_STOP,
        rank=2,
        to=JobState.PAUSED,
        what="The wallet has no more for it to reserve, though its cap would allow it.",
        then="Add credit and resume it.",
        billed=Billed.TO_THE_STOP,
    ),
    StopRule(
        Reason.PAYMENT_OVERDUE,
        desired=_STOP,
        rank=2,
        to=JobState.PAUSED,
        what="An invoice of its organization has not been paid for so long that its jobs stop.",
        then="Pay the invoice and resume it.",
        billed=Billed.TO_THE_STOP,
    ),
    StopRule(
        Reason.MAX_RUNTIME,
        desired=_STOP,
        rank=2,
        to=JobState.PAUSED,
        what="It has trained for `max_runtime_seconds`.",
        then="Resume it with a higher `max_runtime_seconds`.",
        billed=Billed.TO_THE_STOP,
    ),
    StopRule(
        Reason.WORKER_LOST,
        desired=DesiredState.RUN,
        rank=3,
        to=JobState.QUEUED,
        what="Its worker was not heard of for the time of a lease, was started again, or was removed.",
        then="It is tried again elsewhere from its last checkpoint.",
        billed=Billed.TO_THE_LAST_CHECKPOINT,
        # A lease has passed: that was wait enough.
        retry=Retry(limit=10, first_seconds=0),
    ),
    StopRule(
        Reason.INFRASTRUCTURE,
        desired=DesiredState.RUN,
        rank=3,
        to=JobState.QUEUED,
        what="The platform had a fault: a process died, a file did not arrive, a device failed.",
        then="It is tried again from its last checkpoint.",
        billed=Billed.TO_THE_LAST_CHECKPOINT,
        retry=Retry(limit=10, first_seconds=2),
    ),
    StopRule(
        Reason.HANG,
        desired=DesiredState.RUN,
        rank=3,
        to=JobState.QUEUED,
        what="It took no step for much longer than it ever had before, and was killed.",
        then="It is tried again once from its last checkpoint.",
        billed=Billed.TO_THE_LAST_CHECKPOINT,
        retry=Retry(limit=1, first_seconds=5),
    ),
    StopRule(
        Reason.STORAGE,
        desired=DesiredState.RUN,
        rank=3,
        to=JobState.PAUSED,
        what="A disk or the store had no room for what must be kept.",
        then="It goes on from its last checkpoint by itself once there is room; `resume` tries at once.",
        billed=Billed.TO_THE_LAST_CHECKPOINT,
        retry=Retry(limit=None, first_seconds=15),
    ),
    StopRule(
        Reason.USER_PAUSED,
        desired=_STOP,
        rank=4,
        to=JobState.PAUSED,
        what="Somebody paused it.",
        then="Resume it.",
        billed=Billed.TO_THE_STOP,
    ),
    StopRule(
        Reason.USER_FAULT,
        desired=DesiredState.RUN,
        rank=5,
        to=JobState.FAILED,
        what="It cannot go on with these data or settings; its error says why and what to change.",
        then=_NEVER,
        billed=Billed.TO_THE_LAST_REPORT,
    ),
    StopRule(
        Reason.USER_CANCELLED,
        desired=DesiredState.CANCEL,
        rank=6,
        to=JobState.CANCELLED,
        what="Somebody cancelled it.",
        then=_NEVER,
        billed=Billed.TO_THE_LAST_REPORT,
    ),
)

REQUESTED_STOPS: dict[tuple[str, str], StopRule] = {
    (rule.desired, rule.reason): rule for rule in STOP_RULES if rule.desired != DesiredState.RUN
}
"""Stops that a worker is asked for, by what it is asked and why."""

FAULTS: dict[Reason, StopRule] = {rule.reason: rule for rule in STOP_RULES if rule.desired == DesiredState.RUN}
"""Stops that happen."""

UNREQUESTED_STOP = REQUESTED_STOPS[DesiredState.STOP_WITH_CHECKPOINT, Reason.DRAINED]
"""What it means when a worker stops a job cleanly of its own accord: it shuts down."""
