"""Funding: the funds that a job needs to continue, and how far ahead it reserves them.

A stretch (``STRETCH_SECONDS``) is the least training for which a job is given to a worker. The hold covers some time of
training and is extended as it is used, up to the cap.
"""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import structlog
from django.db.models import F, Sum
from django.db.models.functions import Greatest

from trainyard.billing import holds
from trainyard.billing.budgets.spending import budget_room_micros
from trainyard.billing.holds import HoldRequest
from trainyard.billing.models import Hold
from trainyard.billing.plans.allowance import allowance
from trainyard.billing.pricing.queries import RateKey, rate_at
from trainyard.jobs.accounting import key_caps, overdue
from trainyard.jobs.accounting.cost_limits import most_micros, stretch_micros, training_micros
from trainyard.jobs.accounting.standing import Standing, lock_standing
from trainyard.jobs.lifecycle.transitions import move
from trainyard.jobs.models import Attempt, Job
from trainyard_spec.states import LIVE_ATTEMPT_STATES, JobState, Reason
from trainyard_spec.training import LimitsConfig

logger = structlog.get_logger(__name__)

RESERVED_SECONDS = 600


class Reserved(NamedTuple):
    """A job's new reservation, and the state of its organization just before."""

    hold: Hold
    standing: Standing


def reserve(
    job: Job, *, now: datetime, backed: bool = True, price: Decimal | None = None, is_new: bool = False
) -> Reserved:
    """Reserves the first while of ``job`` under its cap, in the caller's transaction.

    ``price`` is what a slot costs a second, where it is known; a job that ``is_new`` never reserved anything.

    Raises ``InsufficientFunds`` where the wallet could not pay for the job's next stretch or, if it is to be
    ``backed``, for all that the job may cost at today's price; ``KeyCapReached``. ``BudgetReached`` where a
    hard budget leaves less than that stretch of this month. ``PaymentOverdue`` where an invoice has not been paid for
    too long.
    """
    price, limits = price_of(job, now=now) if price is None else price, _limits(job)
    books, standing = lock_standing(job, now=now)
    if standing.is_overdue:
        overdue.refuse()
    most = most_micros(limits, price=price, slots=job.slots, cap=job.cap_micros)
    included, least = _included_micros(job, standing.included_microseconds, price), _needed_micros(job, price=price)
    asked = HoldRequest(
        job.cap_micros,
        reserve=min(training_micros(price, slots=job.slots, seconds=RESERVED_SECONDS), most),
        backed=max((most if backed else least) - included, 0),
        least=max(least - included, 0),
    )
    stored = None if is_new else Hold.objects.filter(job_id=job.id).first()
    hold = stored or holds.new_hold(books, job_id=job.id, job_name=job.name, created_by=job.created_by, now=now)
    holds.open_hold(
        books, hold, asked, budget_room=standing.budget_room, now=now, head=standing.head if is_new else None
    )
    if standing.is_key_capped:
        key_caps.check(created_by=job.created_by, job_id=job.id, now=now)
    return Reserved(hold, standing)


def may_start(job: Job, *, now: datetime) -> bool:
    """Whether a queued job, which is locked, has funds for its next stretch; one that has not is paused.

    So is one whose organization has not paid for too long.
    """
    if overdue.blocks_jobs():
        _pause(job, Reason.PAYMENT_OVERDUE, now=now)
        return False
    price = price_of(job, now=now)
    needed = _needed_micros(job, price=price)
    if Hold.objects.get(job_id=job.id).left_micros >= needed:
        return True
    reason = missing(job, needed=needed, price=price, now=now)
    if reason is None:
        return True
    _pause(job, reason, now=now)
    return False


def _pause(job: Job, reason: Reason, *, now: datetime) -> None:
    move(job, to=JobState.PAUSED, reason=reason, now=now)
    holds.release_hold(job_id=job.id, now=now)
    logger.info("job.start_refused", job_id=job.id, reason=reason)


def missing(job: Job, *, needed: int, price: Decimal, now: datetime) -> Reason | None:
    """Why ``job`` cannot have ``needed`` micro-units, once it has reserved what it can for a while more.

    What a plan includes it need not have.
    """
    held = holds.top_up(
        job_id=job.id, left_micros=needed + training_micros(price, slots=job.slots, seconds=RESERVED_SECONDS), now=now
    )
    if held.left_micros >= needed:
        return None
    if held.left_micros >= needed - _included_micros(job, allowance(now=now).left_microseconds, price):
        return None
    if continues_unbilled(job, held):
        return None
    if held.amount_micros < held.cap_micros:
        budget = budget_room_micros(now=now)
        by_budget = budget is not None and budget < needed - held.left_micros
        return Reason.CAP_REACHED if by_budget else Reason.INSUFFICIENT_FUNDS
    return Reason.MAX_RUNTIME if _limits(job).max_cost is None else Reason.CAP_REACHED


def _included_micros(job: Job, left: int, price: Decimal) -> int:
    """What the ``left`` slot time of a plan is worth to ``job``, as far as no other running job uses it up first."""
    if not left:
        return 0
    others = Attempt.objects.filter(state__in=LIVE_ATTEMPT_STATES).exclude(job_id=job.id)
    unbilled = F("trained_microseconds") - Greatest("durable_microseconds", "repeated_microseconds")
    taken = others.aggregate(total=Sum(unbilled * F("job__slots")))["total"] or 0
    return int(price * max(left - taken, 0))  # a micro-unit of money a microsecond is one unit a second


def continues_unbilled(job: Job, held: Hold) -> bool:
    """Whether the job has reserved all of its binding quote: training beyond it is not billed."""
    return job.quoted_micros is not None and held.amount_micros >= job.quoted_micros


def is_own_cap_reached(job: Job) -> bool:
    """Whether a job that has reached a cap has reserved all that it may cost itself: else it was a budget."""
    return Hold.objects.filter(job_id=job.id, amount_micros__gte=F("cap_micros")).exists()


def _needed_micros(job: Job, *, price: Decimal) -> int:
    """What the next stretch of ``job`` costs."""
    return stretch_micros(_limits(job), price=price, slots=job.slots)


def rate_key(job: Job) -> RateKey:
    """Whose rate for what the job's training is billed by."""
    return RateKey(job.organization_id, job.pool_id, job.preemptible)


def price_of(job: Job, *, now: datetime) -> Decimal:
    """What a slot of the job costs a second. Raises ``NoPrice``."""
    return rate_at(rate_key(job), at=now).per_slot_second


def _limits(job: Job) -> LimitsConfig:
    return LimitsConfig.model_validate(job.spec["limits"])
