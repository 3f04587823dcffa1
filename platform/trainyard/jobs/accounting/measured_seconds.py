"""Training time by measured timings: of jobs of this very spec, or of a speed profile of it."""

from dataclasses import dataclass
from datetime import datetime

from trainyard.jobs.lifecycle.specs import Plan
from trainyard.jobs.models import Job
from trainyard.jobs.profiles.models import SpeedProfile
from trainyard.jobs.profiles.queries import profile_of
from trainyard_spec.resolution import ResolvedTraining
from trainyard_spec.timings import TrainingTimings

JOBS_LOOKED_AT = 20
LEAST_STEPS = 3
VARIATION = 0.1
"""By so much a run differs from another of the same spec on the same machines."""


@dataclass(frozen=True, slots=True)
class MeasuredSeconds:
    """The range of training time, what it was measured by in a sentence, and whether that was a speed profile."""

    low: float
    high: float
    basis: str
    by_profile: bool


def measured_seconds(
    planned: Plan, training: ResolvedTraining, *, fingerprint: str, now: datetime
) -> MeasuredSeconds | None:
    """By jobs that trained to their end, else by a speed profile, else by the first seconds of a job.

    None where the spec was not measured on this pool.
    """
    found = _timings_of_jobs(fingerprint)
    if whole := [timings for timings in found if timings.finish_seconds is not None]:
        basis = (
            f"The steps, validations and final tests of your last {len(whole)} job(s) of this very spec on this pool."
        )
        return _range(whole, planned, training, basis=basis, by_profile=False)
    profile = profile_of(fingerprint, now=now)
    if profile is not None and profile.state == SpeedProfile.State.MEASURED:
        timings = TrainingTimings.model_validate(profile.timings)
        basis = (
            f"Measured beforehand: {timings.steps + 1} steps, a validation and a final test of this very spec on this "
            "pool."
        )
        return _range([timings], planned, training, basis=basis, by_profile=True)
    if found:
        basis = f"The first seconds of {len(found)} job(s) of this very spec on this pool."
        return _range(found, planned, training, basis=basis, by_profile=False)
    return None


def was_trained(fingerprint: str) -> bool:
    """Whether a job of this very spec trained to its end and said how long each part took: nothing tells more."""
    return any(timings.finish_seconds is not None for timings in _timings_of_jobs(fingerprint))


def _timings_of_jobs(fingerprint: str) -> list[TrainingTimings]:
    """Of the newest jobs of the tenant that say them."""
    known = Job.objects.filter(fingerprint=fingerprint, timings__isnull=False).order_by("-id")
    found = [TrainingTimings.model_validate(told) for told in known.values_list("timings", flat=True)[:JOBS_LOOKED_AT]]
    return [timings for timings in found if timings.steps >= LEAST_STEPS]


def _range(
    found: list[TrainingTimings], planned: Plan, training: ResolvedTraining, *, basis: str, by_profile: bool
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
