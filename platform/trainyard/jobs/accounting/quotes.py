"""Quotes: what a job would cost, before it is submitted."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import quantiles

from trainyard.billing.queries import wallet
from trainyard.core.money import MICROS_PER_UNIT, MICROSECONDS_PER_SECOND, usage_cost
from trainyard.jobs.lifecycle.specs import Plan, limiting, plan
from trainyard.jobs.models import Job
from trainyard_spec.resolution import ResolvedTraining, estimated_examples, resolve_training
from trainyard_spec.states import JobState
from trainyard_spec.training import TrainingSpec

JOBS_LOOKED_AT = 50
ENOUGH = 5
"""From so many jobs on the slowest and the fastest tenth are left out: one that ran beside others says little."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Training time and cost by the speeds of the jobs that ``basis`` names."""

    basis: str
    seconds_low: float
    seconds_high: float
    cost_low_micros: int
    cost_high_micros: int


@dataclass(frozen=True, slots=True)
class MemoryNeeded:
    """Bytes that a process of the job takes with its batches, and the most that a worker of the pool has for one."""

    needed_bytes: int
    slot_bytes: int | None

    @property
    def fits(self) -> bool | None:
        return None if self.slot_bytes is None else self.needed_bytes <= self.slot_bytes


@dataclass(frozen=True, slots=True)
class Quote:
    """``cap_micros`` is what it can cost at most, and ``limited_by`` the limit that sets it.

    ``estimate`` and ``stops_early`` are None when nothing alike was trained before. ``training`` is what the spec's
    training becomes, for about as many examples as the engine will count. ``memory`` is None where it is not known.
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
    training: ResolvedTraining
    memory: MemoryNeeded | None

    @property
    def affordable(self) -> bool:
        return self.cap_micros <= self.available_micros


def quote(*, spec: TrainingSpec, now: datetime) -> Quote:
    """Raises what ``plan`` raises; changes nothing."""
    planned = plan(spec, now=now)
    training = _resolved(planned)
    estimate = _estimate(planned, training)
    return Quote(
        pool=planned.pool.name,
        slots=spec.resources.slots,
        per_slot_second=planned.price.per_slot_second,
        currency=planned.price.currency,
        estimate=estimate,
        cap_micros=planned.most_micros,
        limited_by=limiting(spec.limits, price=planned.price.per_slot_second, slots=spec.resources.slots),
        available_micros=wallet().available_micros,
        stops_early=None if estimate is None else _passes_a_limit(planned, estimate),
        training=training,
        memory=_memory(planned, training),
    )


def _resolved(planned: Plan) -> ResolvedTraining:
    examples = estimated_examples(planned.spec, rows=planned.rows, profile=planned.profile)
    return resolve_training(planned.spec, examples=examples, profile=planned.profile)


def _memory(planned: Plan, training: ResolvedTraining) -> MemoryNeeded | None:
    memory = planned.memory
    if memory is None:
        return None
    rows = -(-min(training.batch_size, training.examples) // planned.spec.resources.slots)
    return MemoryNeeded(memory.footprint.with_batch(rows), memory.slot_bytes)


def _estimate(planned: Plan, training: ResolvedTraining) -> Estimate | None:
    """From measured speeds of the tenant's own jobs alone: another tenant's would betray their work."""
    speeds, alike = _speeds(planned)
    if not speeds:
        return None
    samples = training.examples * training.epochs
    slowest, fastest = _range(speeds)
    low, high = samples / fastest, samples / slowest
    return Estimate(
        basis=f"Training samples over the measured samples per second of your last {len(speeds)} finished job(s) of "
        f"this architecture and task on as many slots of this pool, {alike}.",
        seconds_low=round(low, 3),
        seconds_high=round(high, 3),
        cost_low_micros=_cost(planned, low),
        cost_high_micros=_cost(planned, high),
    )


def _speeds(planned: Plan) -> tuple[list[float], str]:
    """Samples per second of the finished jobs that are most like the plan, and what these have in common with it."""
    spec, version = planned.spec, planned.version
    finished = Job.objects.filter(
        architecture=spec.architecture.name,
        task=spec.task,
        pool=planned.pool,
        slots=spec.resources.slots,
        state=JobState.SUCCEEDED,
        samples_per_second__gt=0,
    ).order_by("-id")
    columns = ("samples_per_second", "spec__architecture", "dataset_version__dataset_id")
    rows = list(finished.values_list(*columns)[:JOBS_LOOKED_AT])
    network = spec.architecture.model_dump(mode="json")
    same_network = [row for row in rows if row[1] == network]
    for chosen, alike in (
        ([row for row in same_network if row[2] == version.dataset_id], "with the same sizes on the same dataset"),
        (same_network, "with the same sizes; those of inputs are not taken into account"),
        (rows, "whatever the sizes of their models and inputs"),
    ):
        if chosen:
            return [speed for speed, *_ in chosen], alike
    return [], ""


def _range(speeds: list[float]) -> tuple[float, float]:
    if len(speeds) < ENOUGH:
        return min(speeds), max(speeds)
    tenths = quantiles(speeds, n=10, method="inclusive")
    return tenths[0], tenths[-1]


def _passes_a_limit(planned: Plan, estimate: Estimate) -> bool:
    price, slots = planned.price.per_slot_second, planned.spec.resources.slots
    cost = price * slots * Decimal(str(estimate.seconds_high)) * MICROS_PER_UNIT
    return cost > planned.most_micros or estimate.seconds_high > planned.spec.limits.max_runtime_seconds


def _cost(planned: Plan, seconds: float) -> int:
    cost = usage_cost(
        microseconds=round(seconds * MICROSECONDS_PER_SECOND),
        slots=planned.spec.resources.slots,
        price_per_slot_second=planned.price.per_slot_second,
    )
    return min(cost, planned.most_micros)
