"""How far a job is."""

from dataclasses import dataclass

from trainyard.jobs.models import Job
from trainyard_spec.states import JobState


@dataclass(frozen=True, slots=True)
class Progress:
    """``eta_seconds`` is known only while the job trains at a measured speed."""

    epoch: int
    step: int
    total_steps: int | None
    percent: float
    eta_seconds: int | None


def progress_of(job: Job) -> Progress:
    """A job that stopped early is complete all the same once it has succeeded."""
    percent = 100.0 * job.step / job.total_steps if job.total_steps else 0.0
    if job.state == JobState.SUCCEEDED:
        percent = 100.0
    return Progress(
        epoch=job.epoch,
        step=job.step,
        total_steps=job.total_steps,
        percent=round(min(percent, 100.0), 1),
        eta_seconds=_eta_seconds(job),
    )


def seconds_left(
    *, step: int, total_steps: int | None, samples_per_second: float | None, samples_per_step: int
) -> float | None:
    """How long the steps to come take at the measured speed; ``None`` where that is not known yet."""
    if not total_steps or not samples_per_second:
        return None
    return max(total_steps - step, 0) * samples_per_step / samples_per_second


def _eta_seconds(job: Job) -> int | None:
    training = job.spec["training"]
    left = seconds_left(
        step=job.step,
        total_steps=job.total_steps,
        samples_per_second=job.samples_per_second,
        samples_per_step=int(training["batch_size"]) * int(training["accumulate"]),
    )
    return None if left is None or job.state != JobState.RUNNING else round(left)
