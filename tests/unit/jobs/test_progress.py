"""How far a job is and when it will be done."""

from typing import Any

from trainyard.jobs.models import Job
from trainyard.jobs.reporting.progress import progress_of


def job(**fields: Any) -> Job:
    spec = {"training": {"batch_size": 5, "accumulate": 2}}
    return Job(spec=spec, **{"state": "running", "step": 25, "total_steps": 100, "samples_per_second": 50.0} | fields)


def test_percent_and_remaining_time_of_a_running_job() -> None:
    progress = progress_of(job())
    assert (progress.percent, progress.eta_seconds) == (25.0, 15)  # 75 steps of 2 x 5 rows, at 50 rows a second


def test_nothing_is_guessed_before_training() -> None:
    progress = progress_of(job(state="queued", step=0, total_steps=None, samples_per_second=None))
    assert (progress.percent, progress.eta_seconds) == (0.0, None)


def test_a_paused_job_has_no_end_in_sight() -> None:
    assert progress_of(job(state="paused")).eta_seconds is None


def test_a_job_that_stopped_early_is_complete() -> None:
    assert progress_of(job(state="succeeded")).percent == 100.0


def test_more_steps_than_planned_are_not_more_than_all() -> None:
    progress = progress_of(job(step=120))
    assert (progress.percent, progress.eta_seconds) == (100.0, 0)
