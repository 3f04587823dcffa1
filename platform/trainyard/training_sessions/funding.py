"""Funding of a session: a hold in the books like a job's, extended as its operations use it up.

An operation is taken only while the session holds what the next stretch of work costs; so a wallet that runs empty
stops the sequence before an operation, and the very same call goes on once there is credit.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from trainyard.billing import holds
from trainyard.billing.budgets.spending import budget_room_micros
from trainyard.billing.holds import BudgetReached, InsufficientFunds
from trainyard.billing.models import Hold
from trainyard.billing.operations import MeteredAttempt, bill_usage
from trainyard.billing.pricing.queries import Rate, RateKey, rate_at
from trainyard.core.money import format_micros, usage_cost
from trainyard.core.prepared import PreparedQuery
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting import key_caps
from trainyard.training_sessions.errors import SessionCapReached
from trainyard.training_sessions.models import Operation, SamplingSession, TrainingRun, TrainingSession

STRETCH_SECONDS, RESERVED_SECONDS = 10, 120
"""What must be there for the next operation to be taken, and what is held ahead."""
IDLE_AFTER = timedelta(seconds=60)
"""A session without an open operation for so long gives back what it holds."""
MICROSECONDS = 1_000_000
PRICE_KEPT = timedelta(seconds=10)
"""How long a process goes by the price that it read, where it asks whether a session's hold covers what comes."""
STRETCHES_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What the next stretch costs, and what is held ahead, in micro-units, by the price at ``read_at``."""

    read_at: datetime
    needed: int
    wanted: int


_stretches: dict[tuple[str, str], _Stretch] = {}
"""By organization and pool."""


def is_covered(session: TrainingSession, *, pool_id: str, held_micros: int | None, now: datetime) -> bool:
    """Whether what the session's hold has left, as it was just read, lets the next operation be taken.

    By a price that may be some seconds old: what an operation costs is charged at the price of its own time, and
    never beyond the hold. Raises ``NoPrice``.
    """
    return held_micros is not None and held_micros >= _stretch(session.organization_id, pool_id, now=now).needed


def ensure(session: TrainingSession, *, pool_id: str, now: datetime) -> None:
    """Holds funds for the next operations in the pool, in the caller's transaction.

    Raises ``InsufficientFunds``, ``KeyCapReached``, ``BudgetReached``, ``SessionCapReached`` and ``NoPrice``.
    """
    stretch = _stretch(session.organization_id, pool_id, now=now)
    needed, wanted = stretch.needed, stretch.wanted
    hold = Hold.objects.filter(job_id=session.id).first()
    if hold is None or hold.released_at is not None:
        left = session.cap_micros - (hold.posted_micros if hold else 0)
        _check_cap(session, left, needed)
        _reserve(session, stretch, now=now)
        return
    if hold.left_micros >= needed:
        return
    hold = holds.top_up(job_id=session.id, left_micros=wanted, now=now)
    if hold.left_micros >= needed:
        return
    _check_cap(session, session.cap_micros - hold.posted_micros, needed)
    room = budget_room_micros(now=now)
    if room is not None and room < needed - hold.left_micros:
        raise BudgetReached(
            f"Budgets leave {format_micros(room)} of this month.", hint="Raise the budget: the client then goes on."
        )
    raise InsufficientFunds(
        f"The next operations need {format_micros(needed)} {hold.currency}, and the wallet has too little.",
        hint="Add credit: the client then goes on by itself.",
    )


def _reserve(session: TrainingSession, stretch: _Stretch, *, now: datetime) -> None:
    holds.reserve_funds(
        job_id=session.id,
        job_name=session.display_name or None,
        created_by=session.created_by,
        cap_micros=session.cap_micros,
        reserve_micros=stretch.wanted,
        backed_micros=stretch.needed,
        least_micros=stretch.needed,
        now=now,
    )
    key_caps.check(
        created_by=session.created_by,
        job_id=session.id,
        what="training session",
        limit="max_cost in the session's user_metadata",
        now=now,
    )


def bill(operation: Operation, *, busy_before: int, fence: int, now: datetime) -> int:
    """Charges the session for an operation that is done and kept; once, whoever repeats it.

    ``busy_before`` is the time of its run's or sampler's earlier operations, in microseconds: the place from which this
    one's is counted, so that rounding is that of the sum.
    """
    if operation.microseconds <= 0:
        return 0
    started = now - timedelta(microseconds=operation.microseconds)
    metered = MeteredAttempt(
        job_id=operation.subject.session_id,
        attempt_id=operation.subject.id,
        fence=fence,
        pool_id=operation.pool_id,
        preemptible=False,
        slots=1,
        training_started_at=started - timedelta(microseconds=busy_before),
    )
    return bill_usage(
        metered,
        from_microseconds=0,  # whatever of the time before could not be paid then is due first
        to_microseconds=busy_before + operation.microseconds,
        billed_by=operation.id,
        now=now,
    )


def release_idle(*, now: datetime) -> int:
    """Gives back what sessions hold that have had nothing to do for a while; returns of how many."""
    open_sessions = [
        *Operation.across_tenants.filter(state=Operation.State.QUEUED, run__isnull=False).values_list(
            "run__session_id", flat=True
        ),
        *Operation.across_tenants.filter(state=Operation.State.QUEUED, run=None).values_list(
            "sampling_session__session_id", flat=True
        ),
    ]
    active_since = now - IDLE_AFTER
    recent = {
        *TrainingRun.across_tenants.filter(last_request_at__gte=active_since).values_list("session_id", flat=True),
        *Operation.across_tenants.filter(run=None, created_at__gte=active_since).values_list(
            "sampling_session__session_id", flat=True
        ),
        *open_sessions,
    }
    held = Hold.across_tenants.filter(released_at=None, job_id__startswith="ses_").exclude(job_id__in=recent)
    released = 0
    for hold in held[:100]:
        with tenant_scope(hold.organization_id):
            holds.release_hold(job_id=hold.job_id, now=now)
            released += 1
    return released


def price_text(session: TrainingSession, *, pool_id: str, now: datetime) -> str:
    """The quote, in a sentence: what a second of work costs. Raises ``NoPrice``."""
    rate = rate_at(RateKey(session.organization_id, pool_id, preemptible=False), at=now)
    return f"a second of work costs {rate.per_slot_second.normalize():f} {rate.currency}"


def _stretch(organization_id: str, pool_id: str, *, now: datetime) -> "_Stretch":
    known = _stretches.get((organization_id, pool_id))
    if known is not None and timedelta(0) <= now - known.read_at < PRICE_KEPT:
        return known
    rate = rate_at(RateKey(organization_id, pool_id, preemptible=False), at=now)
    needed, wanted = (_cost(rate, seconds=seconds) for seconds in (STRETCH_SECONDS, RESERVED_SECONDS))
    if len(_stretches) >= STRETCHES_KEPT:
        _stretches.clear()
    _stretches[organization_id, pool_id] = stretch = _Stretch(now, needed, wanted)
    return stretch


def _cost(rate: Rate, *, seconds: int) -> int:
    return usage_cost(microseconds=seconds * MICROSECONDS, slots=1, price_per_slot_second=rate.per_slot_second)


def _check_cap(session: TrainingSession, left: int, needed: int) -> None:
    if left < needed:
        rest = format_micros(max(left, 0))
        raise SessionCapReached(
            f"This session may cost {format_micros(session.cap_micros)}, of which {rest} is left.",
            hint="Save the weights and go on in a session with a higher max_cost in its user_metadata.",
        )


def subject_locked(operation: Operation) -> TrainingRun | SamplingSession:
    """The run or sampler of ``operation``, locked until the transaction ends."""
    if operation.run_id:
        [run] = _RUN.rows(run_id=operation.run_id)
        return run
    [sampler] = _SAMPLER.rows(sampler_id=operation.sampling_session_id or "")
    return sampler


_RUN = PreparedQuery(lambda *, run_id: TrainingRun.objects.filter(id=run_id).select_for_update(no_key=True), "run_id")
_SAMPLER = PreparedQuery(
    lambda *, sampler_id: SamplingSession.objects.filter(id=sampler_id).select_for_update(no_key=True), "sampler_id"
)
