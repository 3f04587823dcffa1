"""Training time from measured timings: of jobs with this very spec, or of a speed profile of it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from trainyard.core.read_together import read_together
from trainyard.jobs.lifecycle.specs import JobPlan
from trainyard.jobs.models import Job
from trainyard.jobs.profiles.models import SpeedProfile
from trainyard.jobs.profiles.queries import fresh, profiles_of
from trainyard_common.counting import counted
from trainyard_spec.resolution import ResolvedTraining
from trainyard_spec.timings import TrainingTimings

JOBS_LOOKED_AT = 50
LEAST_STEPS = 3
VARIATION = 0.1
"""By so much a run differs from another of the same spec on the same machines."""


@dataclass(frozen=True, slots=True)
class Records:
    """Speeds reported by the tenant's newest jobs of one spec on one pool.

    ``samples_per_second`` is all that workers of earlier releases report. ``profile`` was measured beforehand.
    """

    timings: list[TrainingTimings]
    samples_per_second: list[float]
    profile: SpeedProfile | None = None


@dataclass(frozen=True, slots=True)
class MeasuredSeconds:
    """Range of training time, its basis in a sentence, and whether that was a speed profile."""

    low: float
    high: float
    basis: str
    by_profile: bool


def records_of(fingerprint: str, *, now: datetime) -> Records:
    """Records of jobs that have finished, and of those that train."""
    told = Job.objects.filter(Q(timings__isnull=False) | Q(samples_per_second__gt=0), fingerprint=fingerprint)
    newest = told.order_by("-id").values_list("timings", "samples_per_second")[:JOBS_LOOKED_AT]
    rows, profiles = read_together(newest, profiles_of(fingerprint))
    timings = [TrainingTimings.model_validate(found) for found, _ in rows if found is not None]
    return Records(
        timings=[found for found in timings if found.steps >= LEAST_STEPS],
        samples_per_second=[speed for _, speed in rows if speed],
        profile=fresh(profiles, now=now),
    )


def measured_seconds(planned: JobPlan, training: ResolvedTraining, records: Records) -> MeasuredSeconds | None:
    """By jobs that trained to their end, else by a speed profile, else by the first seconds of a job.

    None where the spec was not measured on this pool.
    """
    found, profile = records.timings, records.profile
    if whole := [timings for timings in found if timings.finish_seconds is not None]:
        jobs = counted(len(whole), "job")
        basis = f"The steps, validations and final tests of your last {jobs} of this very spec on this pool."
        return _range(whole, planned, training, basis=basis, by_profile=False)
    if profile is not None and profile.state == SpeedProfile.State.MEASURED:
        timings = TrainingTimings.model_validate(profile.timings)
        basis = (
            f"Measured beforehand: {timings.steps + 1} steps, a validation and a final test of this very spec on this "
            "pool."
        )
        return _range([timings], planned, training, basis=basis, by_profile=True)
    if found:
        basis = f"The first seconds of {counted(len(found), 'job')} of this very spec on this pool."
        return _range(found, planned, training, basis=basis, by_profile=False)
    return None


def was_trained(fingerprint: str, *, now: datetime) -> bool:
    """Whether a job of this very spec trained to its end and said how long each part took: nothing tells more."""
    return any(timings.finish_seconds is not None for timings in records_of(fingerprint, now=now).timings)


def _range(
    found: list[TrainingTimings], planned: JobPlan, training: ResolvedTraining, *, basis: str, by_profile: bool
) -> MeasuredSeconds:
    split = planned.spec.split
    seconds = [
        timings.training_seconds(
            epochs=training.epochs,
            checkpoint_every=planned.spec.training.checkpoint.every_steps,
            val_share=split.val / split.train,
            test_share=split.test / split.train,
        )
        for timings in found
    ]
    low, high = min(seconds), max(seconds)
    middle = (low + high) / 2
    return MeasuredSeconds(min(low, middle * (1 - VARIATION)), max(high, middle * (1 + VARIATION)), basis, by_profile)
