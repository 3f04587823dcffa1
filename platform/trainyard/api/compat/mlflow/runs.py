"""MLflow's runs: jobs, and those that its client logs."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from trainyard.api.compat.mlflow.filters import ATTRIBUTE, METRIC, PARAMETER, TAG, Key
from trainyard.api.compat.mlflow.search import Record
from trainyard.jobs.models import Job
from trainyard.jobs.reporting.metrics import Series
from trainyard.tracking import queries as tracking
from trainyard_spec.states import JobState
from trainyard_spec.training import spec_with_names_of_today

STATUSES: dict[str, str] = {
    JobState.QUEUED: "SCHEDULED",
    JobState.STARTING: "SCHEDULED",
    JobState.RUNNING: "RUNNING",
    JobState.STOPPING: "RUNNING",
    JobState.PAUSED: "SCHEDULED",
    JobState.SUCCEEDED: "FINISHED",
    JobState.FAILED: "FAILED",
    JobState.CANCELLED: "KILLED",
}
"""MLflow's run status of each state of a job. One that is paused may go on, so it has not ended."""

ATTRIBUTES: dict[str, type] = {
    "run_id": str,
    "run_name": str,
    "status": str,
    "user_id": str,
    "artifact_uri": str,
    "start_time": float,
    "end_time": float,
}


def artifact_uri(*, experiment_id: str, run_id: str) -> str:
    """Where MLflow's client finds a run's files; of a job those of its model."""
    return f"mlflow-artifacts:/{experiment_id}/{run_id}/artifacts"


def milliseconds(moment: datetime) -> int:
    """Since 1970, as MLflow tells times."""
    return math.floor(moment.timestamp() * 1_000)


def jobs_as_runs(rows: Sequence[Job]) -> list[Record]:
    """Each with its newest and its test metrics, the spec as params, and its facts beside its own tags."""
    tags = tracking.tags_of(job.id for job in rows)
    return [_job(job, tags.get(job.id, {})) for job in rows]


def _job(job: Job, own_tags: Mapping[str, str]) -> Record:
    metrics = _metrics(job)
    points = [metric(job, name, value, step=job.step) for name, value in metrics.items()]
    numbers = {name: value for name, value in metrics.items() if value is not None}
    params = dict(_flat(_resolved_spec(job)))
    return record(_info(job), points, numbers=numbers, params=params, tags={**own_tags, **_tags(job)})


def record(
    info: Mapping[str, Any],
    points: Sequence[Mapping[str, Any]],
    *,
    numbers: Mapping[str, float],
    params: Mapping[str, str],
    tags: Mapping[str, str],
) -> Record:
    """A run as MLflow states it: ``points`` are its newest, ``numbers`` those of them that can be compared."""
    values: dict[Key, float | str] = {(METRIC, name): value for name, value in numbers.items()}
    values |= {(PARAMETER, name): value for name, value in params.items()}
    values |= {(TAG, name): value for name, value in tags.items()}
    values |= {(ATTRIBUTE, name): info[name] for name in ATTRIBUTES if info.get(name) is not None}
    data = {"metrics": list(points), "params": pairs(params), "tags": pairs(tags)}
    return Record(info["run_id"], {"info": dict(info), "data": data}, values)


def metric(job: Job, name: str, value: float | None, *, step: int) -> dict[str, Any]:
    """One point. Of a point the step is known and no time: it stands at the run's start."""
    timestamp = milliseconds(job.started_at or job.created_at)
    return {"key": name, "value": "NaN" if value is None else value, "timestamp": timestamp, "step": step}


def history(job: Job, name: str, series: list[Series]) -> list[dict[str, Any]]:
    """Every point of the metric ``name``, of which ``series`` may hold the series; a test metric has one point."""
    points = [
        metric(job, name, value, step=step) for one in series for step, value in zip(one.steps, one.values, strict=True)
    ]
    tested = _test_metrics(job)
    return points or [metric(job, name, tested[name], step=job.step) for _ in [name] if name in tested]


def _info(job: Job) -> dict[str, Any]:
    dataset_id = job.dataset_version.dataset_id
    info = {
        "run_id": job.id,
        "run_uuid": job.id,
        "run_name": job.name,
        "experiment_id": dataset_id,
        "user_id": job.created_by,
        "status": STATUSES[job.state],
        "start_time": milliseconds(job.started_at or job.created_at),
        "artifact_uri": artifact_uri(experiment_id=dataset_id, run_id=job.id),
        "lifecycle_stage": "active",
    }
    return info | ({"end_time": milliseconds(job.finished_at)} if job.finished_at else {})


def _metrics(job: Job) -> dict[str, float | None]:
    return {**job.latest_metrics, **_test_metrics(job)}


def _test_metrics(job: Job) -> dict[str, float]:
    """Named after their part of the data, as the series are: here all metrics of a run are in one place."""
    metrics: dict[str, float] = job.test_metrics or {}
    return {name if name.startswith("test_") else f"test_{name}": value for name, value in metrics.items()}


def _resolved_spec(job: Job) -> dict[str, Any]:
    """The spec, with what its ``auto`` became where a worker has said so."""
    spec = spec_with_names_of_today(job.spec)
    resolved = {name: value for name, value in (job.resolved_training or {}).items() if value is not None}
    return {**spec, "training": {**spec["training"], **resolved}}


def _flat(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Dotted names with texts; what is null is left out."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{name}.")
        elif value is not None:
            yield f"{path}{name}", value if isinstance(value, str) else json.dumps(value)


def _tags(job: Job) -> dict[str, str]:
    return {
        "mlflow.runName": job.name,
        "mlflow.user": job.created_by,
        "mlflow.source.type": "JOB",
        "trainyard.state": job.state,
        "trainyard.reason": job.reason,
        "trainyard.pool": job.pool.name,
        "trainyard.dataset_version": job.dataset_version_id,
    }


def pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags or params, as MLflow lists them."""
    return [{"key": name, "value": value} for name, value in values.items()]
