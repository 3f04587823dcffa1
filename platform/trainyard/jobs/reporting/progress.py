"""Progress of a job: steps, epochs and estimated time left."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainyard.jobs.models import Job
from trainyard_spec.automatic import AUTO
from trainyard_spec.states import JobState


@dataclass(frozen=True, slots=True)
class JobProgress:
    """``eta_seconds`` is known only while the job trains at a measured speed, ``epochs`` once it has started."""

    epoch: int
    step: int
    total_steps: int | None
    epochs: int | None
    percent: float
    eta_seconds: int | None


def progress_of(job: Job) -> JobProgress:
    """A job that stopped early is complete all the same once it has succeeded."""
    percent = 100.0 * job.step / job.total_steps if job.total_steps else 0.0
    if job.state == JobState.SUCCEEDED:
        percent = 100.0
    return JobProgress(
        epoch=job.epoch,
        step=job.step,
        total_steps=job.total_steps,
        epochs=_stated((job.resolved_training or job.spec["training"]).get("epochs", AUTO)),
        percent=round(min(percent, 100.0), 1),
        eta_seconds=_eta_seconds(job),
    )


def seconds_left(
    *, step: int, total_steps: int | None, samples_per_second: float | None, samples_per_step: int | None
) -> float | None:
    """How long the steps to come take at the measured speed; ``None`` where that is not known yet."""
    if not total_steps or not samples_per_second or not samples_per_step:
        return None
    return max(total_steps - step, 0) * samples_per_step / samples_per_second


def samples_per_step(training: Mapping[str, Any], resolved: Mapping[str, Any] | None) -> int | None:
    """Samples a step by ``training`` and what the worker said that it became; ``None`` before that for ``auto``."""
    size = _stated((resolved or training)["batch_size"])
    return None if size is None else size * int(training["accumulate"])


def _stated(value: Any) -> int | None:
    return None if value == AUTO else int(value)


def _eta_seconds(job: Job) -> int | None:
    left = seconds_left(
        step=job.step,
        total_steps=job.total_steps,
        samples_per_second=job.samples_per_second,
        samples_per_step=samples_per_step(job.spec["training"], job.resolved_training),
    )
    return None if left is None or job.state != JobState.RUNNING else round(left)
