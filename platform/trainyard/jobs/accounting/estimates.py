"""Estimates of training time and cost, from measured speeds of the organization's own jobs, else from a cost model.

Speeds of other organizations are not used, because they would reveal information about their work.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from statistics import quantiles
from typing import Any

from django.db.models import QuerySet

from trainyard.core.money import MICROSECONDS_PER_SECOND, usage_cost
from trainyard.core.read_together import read_together
from trainyard.jobs.accounting.measured_seconds import Records, measured_seconds, records_of
from trainyard.jobs.lifecycle.specs import JobPlan
from trainyard.jobs.models import Job
from trainyard.pools.models import Pool
from trainyard_common.counting import counted
from trainyard_spec.resolution import ResolvedTraining, estimated_examples, resolve_training
from trainyard_spec.states import JobState
from trainyard_spec.training import TrainingSpec

JOBS_LOOKED_AT = 50
ENOUGH = 5
"""From so many jobs on the slowest and the fastest tenth are left out: one that ran beside others says little."""
CHANGES_NO_SPEED = frozenset({"epochs", "seed", "schedule", "early_stopping", "checkpoint", "init"})
"""Of a spec's training: how long it takes may depend on these, how fast it is does not."""
BYTES_PER_SECOND = {"cpu": 2e9, "gpu": 4e11}
STEP_SECONDS = {"cpu": 1.5e-3, "gpu": 1e-3}
"""Of the model of cost, by kind of slot: memory that a step moves, and what a step takes beside that."""
MODEL_ERROR = 3.0
"""By this factor the model of cost may be wrong either way."""


class EstimateSource(StrEnum):
    """Sources of estimates, most accurate first."""

    MEASURED = "measured"
    MEASURED_PROFILE = "measured_profile"
    SAME_SIZES = "same_sizes"
    SIMILAR_JOBS = "similar_jobs"
    CALIBRATED_MODEL = "calibrated_model"
    COST_MODEL = "cost_model"


@dataclass(frozen=True, slots=True)
class Estimate:
    """Estimated training time and cost; ``basis`` explains it in a sentence.

    ``modelled_samples_per_second`` is the speed by the uncorrected cost model, whatever the source: its ratio to the
    measured speed calibrates that model.
    """

    source: EstimateSource
    basis: str
    seconds_low: float
    seconds_high: float
    cost_low_micros: int
    cost_high_micros: int
    modelled_samples_per_second: float | None

    @property
    def seconds(self) -> float:
        """The middle of the range."""
        return (self.seconds_low + self.seconds_high) / 2


@dataclass(frozen=True, slots=True)
class _Speeds:
    source: EstimateSource
    samples_per_second: list[float]
    basis: str


def resolved(planned: JobPlan) -> ResolvedTraining:
    """What the spec's training becomes, for about as many examples as the engine will count."""
    context = planned.base.context if planned.base else None
    examples = estimated_examples(planned.spec, rows=planned.rows, profile=planned.profile, context=context)
    return resolve_training(planned.spec, examples=examples, profile=planned.profile)


def fingerprint(spec: TrainingSpec, *, pool_id: str) -> str:
    """SHA-256 over all of ``spec`` that its speed depends on: two jobs of one do the same work on the same machines."""
    training = spec.training.model_dump(mode="json")
    same = {
        "pool": pool_id,
        "dataset": spec.dataset,
        "task": spec.task,
        "architecture": spec.architecture.model_dump(mode="json"),
        "training": {name: value for name, value in training.items() if name not in CHANGES_NO_SPEED},
        "split": spec.split.model_dump(mode="json"),
        "resources": spec.resources.model_dump(mode="json", exclude={"preemptible", "pool"}),
    }
    return sha256(json.dumps(same, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def estimated(planned: JobPlan, training: ResolvedTraining, *, now: datetime) -> Estimate | None:
    """``None`` where nothing alike was measured and the model does not count the architecture."""
    modelled = _modelled(planned, training)
    key = fingerprint(planned.spec, pool_id=planned.pool.id)
    records = records_of(key, now=now)
    if (timed := measured_seconds(planned, training, records)) is not None:
        source = EstimateSource.MEASURED_PROFILE if timed.by_profile else EstimateSource.MEASURED
        return _estimate(planned, source, timed.basis, low=timed.low, high=timed.high, modelled=modelled)
    found = _measured(records) or _by_others(planned, modelled)
    if found is None:
        return None
    samples = training.examples * training.epochs
    slowest, fastest = _range(found.samples_per_second)
    low, high = samples / fastest, samples / slowest
    return _estimate(planned, found.source, found.basis, low=low, high=high, modelled=modelled)


def _estimate(
    planned: JobPlan, source: EstimateSource, basis: str, *, low: float, high: float, modelled: float | None
) -> Estimate:
    return Estimate(
        source=source,
        basis=basis,
        seconds_low=round(low, 3),
        seconds_high=round(high, 3),
        cost_low_micros=_cost(planned, low),
        cost_high_micros=_cost(planned, high),
        modelled_samples_per_second=modelled,
    )


def _measured(records: Records) -> _Speeds | None:
    """This very spec on this pool, finished or not, by a worker of a release that tells its speed alone."""
    speeds = records.samples_per_second
    if not speeds:
        return None
    basis = (
        "Training samples over the samples per second that were measured when you last trained this very spec on this "
        f"pool, {counted(len(speeds), 'time')}."
    )
    return _Speeds(EstimateSource.MEASURED, speeds, basis)


def _by_others(planned: JobPlan, modelled: float | None) -> _Speeds | None:
    """By jobs of other specs: those that are like this one, else all that calibrate the model of cost."""
    columns = ("samples_per_second", "spec__architecture", "dataset_version__dataset_id")
    finished = _finished(planned).values_list(*columns)[:JOBS_LOOKED_AT]
    alike, calibrating = read_together(finished, _with_both_speeds(planned.pool))
    return _alike(planned, alike) or _calibrated(modelled, _ratios(calibrating))


def _alike(planned: JobPlan, rows: Sequence[tuple[Any, ...]]) -> _Speeds | None:
    """The finished jobs that are most like the plan, and what these have in common with it."""
    spec, version = planned.spec, planned.version
    network = spec.architecture.model_dump(mode="json")
    same_network = [row for row in rows if row[1] == network]
    on_dataset = [row for row in same_network if row[2] == version.dataset_id]
    for source, chosen, alike in (
        (EstimateSource.SAME_SIZES, on_dataset, "with the same sizes on the same dataset"),
        (EstimateSource.SIMILAR_JOBS, same_network, "with the same sizes; those of inputs are not taken into account"),
        (EstimateSource.SIMILAR_JOBS, rows, "whatever the sizes of their models and inputs"),
    ):
        if chosen:
            jobs = counted(len(chosen), "finished job")
            basis = (
                f"Training samples over the measured samples per second of your last {jobs} of this "
                f"architecture and task on as many slots of this pool, {alike}."
            )
            return _Speeds(source, [speed for speed, *_ in chosen], basis)
    return None


def _finished(planned: JobPlan) -> QuerySet[Job]:
    spec = planned.spec
    return Job.objects.filter(
        architecture=spec.architecture.name,
        task=spec.task,
        pool=planned.pool,
        slots=spec.resources.slots,
        state=JobState.SUCCEEDED,
        samples_per_second__gt=0,
    ).order_by("-id")


def _modelled(planned: JobPlan, training: ResolvedTraining) -> float | None:
    """Samples a second by the memory that a step moves: weights and their states once, activations twice."""
    if planned.memory is None:
        return None
    kind = "cpu" if planned.pool.slot_kind == "cpu" else "gpu"
    size, needed = min(training.batch_size, training.examples), planned.memory.footprint
    share = -(-size // planned.spec.resources.slots)
    return size / (STEP_SECONDS[kind] + (needed.fixed + 2 * share * needed.per_example) / BYTES_PER_SECOND[kind])


def _calibrated(modelled: float | None, ratios: Sequence[float]) -> _Speeds | None:
    """The model of cost, by how fast the organization's other jobs on this pool were against it."""
    if modelled is None:
        return None
    if len(ratios) >= ENOUGH:
        jobs = counted(len(ratios), "job")
        basis = (
            f"A model of cost, corrected by how fast your last {jobs} on this pool were against it: none "
            "of them was like this one. Training the spec for a minute measures it."
        )
        return _Speeds(EstimateSource.CALIBRATED_MODEL, [modelled * ratio for ratio in ratios], basis)
    basis = (
        "A model of cost, for nothing like it was trained by you on this pool yet: the memory that a step moves, by "
        f"the kind of slot. It may be wrong by a factor of {MODEL_ERROR:g}; training the spec for a minute measures it."
    )
    return _Speeds(EstimateSource.COST_MODEL, [modelled / MODEL_ERROR, modelled * MODEL_ERROR], basis)


def ratios_of(pool: Pool) -> list[float]:
    """Measured speed over that of the model, of the tenant's newest jobs on the pool that have both."""
    return _ratios(_with_both_speeds(pool))


def _with_both_speeds(pool: Pool) -> QuerySet[Job, tuple[Any, ...]]:
    """What ``ratios_of`` reads: measured speed and that of the model."""
    both = Job.objects.filter(
        pool=pool, samples_per_second__gt=0, estimate__modelled_samples_per_second__gt=0
    ).order_by("-id")
    return both.values_list("samples_per_second", "estimate__modelled_samples_per_second")[:JOBS_LOOKED_AT]


def _ratios(rows: Iterable[tuple[Any, ...]]) -> list[float]:
    # SQLite finds the null of an architecture that the model does not count greater than 0.
    return [measured / modelled for measured, modelled in rows if modelled]


def _range(speeds: list[float]) -> tuple[float, float]:
    if len(speeds) < ENOUGH:
        return min(speeds), max(speeds)
    tenths = quantiles(speeds, n=10, method="inclusive")
    return tenths[0], tenths[-1]


def _cost(planned: JobPlan, seconds: float) -> int:
    cost = usage_cost(
        microseconds=round(seconds * MICROSECONDS_PER_SECOND),
        slots=planned.spec.resources.slots,
        price_per_slot_second=planned.price.per_slot_second,
    )
    return min(cost, planned.most_micros)
