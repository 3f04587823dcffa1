"""A run that MLflow's client logs, as it reads it back."""

from collections.abc import Mapping, Sequence
from typing import Any

from trainyard.api.compat.mlflow.errors import OnlyRead
from trainyard.api.compat.mlflow.runs import artifact_uri, record
from trainyard.api.compat.mlflow.search import Record
from trainyard.jobs import queries as jobs
from trainyard.tracking import queries
from trainyard.tracking.models import LoggedPoint, Run

PREFIX = "mlr_"
JOB = "job_"


def writable(run_id: str) -> str:
    """``run_id``, which is no job's. Raises ``OnlyRead`` for a job of this organization, ``NotFound`` for another."""
    if run_id.startswith(JOB):
        jobs.job(run_id)
        raise OnlyRead(
            "This run is a job: the platform logs it, and nobody else.",
            hint="Tag it by set_tag, log to a run of your own, or train by POST /api/v1/jobs.",
        )
    return run_id


def tracked(rows: Sequence[Run]) -> list[Record]:
    """Each with its newest metrics, params and tags."""
    tags = queries.tags_of(row.id for row in rows)
    return [_record(row, tags.get(row.id, {})) for row in rows]


def info(row: Run) -> dict[str, Any]:
    """MLflow's ``RunInfo``."""
    facts = {
        "run_id": row.id,
        "run_uuid": row.id,
        "run_name": row.name,
        "experiment_id": row.experiment_id,
        "user_id": row.user,
        "status": row.status,
        "start_time": row.started_ms,
        "artifact_uri": artifact_uri(experiment_id=row.experiment_id, run_id=row.id),
        "lifecycle_stage": "deleted" if row.deleted_at else "active",
    }
    return facts if row.ended_ms is None else {**facts, "end_time": row.ended_ms}


def point(row: LoggedPoint) -> dict[str, Any]:
    """MLflow's ``Metric``."""
    value = "NaN" if row.is_nan else row.value
    return {"key": row.key, "value": value, "timestamp": row.timestamp_ms, "step": row.step}


def _record(row: Run, tags: Mapping[str, str]) -> Record:
    latest = row.latest_metrics.all()
    made = record(
        info(row),
        [point(each) for each in latest],
        numbers={each.key: each.value for each in latest if not each.is_nan},
        params={each.key: each.value for each in row.params.all()},
        tags={"mlflow.runName": row.name, **tags},
    )
    made.body["inputs"] = {"dataset_inputs": row.inputs}
    return made
