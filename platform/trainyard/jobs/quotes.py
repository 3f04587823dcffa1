"""What a job would cost, before it is submitted."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from trainyard.billing.queries import wallet
from trainyard.core.money import MICROS_PER_UNIT, MICROSECONDS_PER_SECOND, usage_cost
from trainyard.jobs.models import Job
from trainyard.jobs.specs import Plan, limiting, plan
from trainyard_spec.states import JobState
from trainyard_spec.training import TrainingSpec

JOBS_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Estimate:
    """Training time and cost from the fastest to the slowest of the jobs that ``basis`` names."""

    basis: str
    seconds_low: float
    seconds_high: float
    cost_low_micros: int
    cost_high_micros: int


@dataclass(frozen=True, slots=True)
class Quote:
    """``cap_micros`` is what would be held, and ``limited_by`` the limit that sets it.

    ``estimate`` and ``stops_early`` are None when nothing alike was trained before.
    """

    pool: str
    slots: int
    per_slot_second: Decimal
    currency: str
    estimate: Estimate | None
    cap_micros: int
    limited_by: str
    available_micros: int
    stops_early: bool | None

    @property
    def affordable(self) -> bool:
        return self.cap_micros <= self.available_micros


def quote(*, spec: TrainingSpec, now: datetime) -> Quote:
    """Raises what ``plan`` raises; changes nothing."""
    planned = plan(spec, now=now)
    estimate = _estimate(planned)
    return Quote(
        pool=planned.pool.name,
        slots=spec.resources.slots,
        per_slot_second=planned.price.per_slot_second,
        currency=planned.price.currency,
        estimate=estimate,
        cap_micros=planned.cap_micros,
        limited_by=limiting(spec.limits, price=planned.price.per_slot_second, slots=spec.resources.slots),
        available_micros=wallet().available_micros,
        stops_early=None if estimate is None else _passes_a_limit(planned, estimate),
    )


def _estimate(planned: Plan) -> Estimate | None:
    """From measured speeds of the tenant's own jobs alone: another tenant's would betray their work."""
    alike = Job.objects.filter(
        architecture=planned.spec.architecture.name,
        pool=planned.pool,
        state=JobState.SUCCEEDED,
        samples_per_second__gt=0,
    ).order_by("-id")
    speeds = [speed for speed in alike.values_list("samples_per_second", flat=True)[:JOBS_LOOKED_AT] if speed]
    if not speeds or planned.version.rows is None:
        return None
    samples = planned.version.rows * planned.spec.split.train * planned.spec.training.epochs
    low, high = samples / max(speeds), samples / min(speeds)
    return Estimate(
        basis=f"Training samples over the measured samples per second of your last {len(speeds)} finished job(s) of "
        f"this architecture in this pool; sizes of models and inputs are not taken into account.",
        seconds_low=round(low, 3),
        seconds_high=round(high, 3),
        cost_low_micros=_cost(planned, low),
        cost_high_micros=_cost(planned, high),
    )


def _passes_a_limit(planned: Plan, estimate: Estimate) -> bool:
    price, slots = planned.price.per_slot_second, planned.spec.resources.slots
    cost = price * slots * Decimal(str(estimate.seconds_high)) * MICROS_PER_UNIT
    return cost > planned.cap_micros or estimate.seconds_high > planned.spec.limits.max_runtime_seconds


def _cost(planned: Plan, seconds: float) -> int:
    cost = usage_cost(
        microseconds=round(seconds * MICROSECONDS_PER_SECOND),
        slots=planned.spec.resources.slots,
        price_per_slot_second=planned.price.per_slot_second,
    )
    return min(cost, planned.cap_micros)
