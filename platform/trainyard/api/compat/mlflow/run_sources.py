"""Sources of MLflow's runs: jobs, and runs that its client logs."""

from collections.abc import Sequence
from typing import Any

from trainyard.api.compat.mlflow import tracked_runs
from trainyard.api.compat.mlflow.runs import history as points_of_job
from trainyard.api.compat.mlflow.runs import jobs_as_runs
from trainyard.api.compat.mlflow.search import Record, SearchSource
from trainyard.api.v1.jobs.metric_views import MAX_POINTS
from trainyard.jobs import queries as jobs
from trainyard.jobs.reporting import metrics
from trainyard.tracking import queries as tracking

JOB = "job_"


def sources(experiment_ids: Sequence[str], *, deleted: bool | None) -> list[SearchSource]:
    """Sources of those experiments. No job is ever deleted."""
    wanted = [_named_in_full(each) for each in experiment_ids]
    tracked = SearchSource(
        tracked_runs.PREFIX, tracking.runs(experiment_ids=wanted, deleted=deleted), tracked_runs.tracked
    )
    if deleted:
        return [tracked]
    return [SearchSource(JOB, jobs.jobs_with_dataset_version(dataset_ids=wanted), jobs_as_runs), tracked]


def by_id(run_id: str) -> Record:
    """Raises ``NotFound``."""
    if run_id.startswith(tracked_runs.PREFIX):
        return tracked_runs.tracked([tracking.run(run_id)])[0]
    return jobs_as_runs([jobs.job_with_dataset_version(run_id)])[0]


def history(run_id: str, name: str, *, start: int, limit: int) -> tuple[list[dict[str, Any]], bool]:
    """A metric's points from number ``start``, at most ``limit``, and whether more follow. Raises ``NotFound``."""
    if run_id.startswith(tracked_runs.PREFIX):
        rows = tracking.history(run_id=tracking.run(run_id).id, key=name)[start : start + limit + 1]
        points = [tracked_runs.point(row) for row in rows]
    else:
        series = metrics.series(job_id=run_id, names=[name], max_points=MAX_POINTS)
        points = points_of_job(jobs.job(run_id), name, series)[start : start + limit + 1]
    return points[:limit], len(points) > limit


def _named_in_full(experiment_id: str) -> str:
    if experiment_id != tracking.DEFAULT_ID:
        return experiment_id
    found = tracking.named(tracking.DEFAULT_NAME)
    return experiment_id if found is None else found.id
