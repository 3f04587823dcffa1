"""A dataset as an MLflow experiment: its runs are the jobs that train on any of its versions."""

from trainyard.api.compat.mlflow.filters import ATTRIBUTE, TAG, Key
from trainyard.api.compat.mlflow.runs import milliseconds
from trainyard.api.compat.mlflow.search import Record
from trainyard.datasets.models import Dataset

ATTRIBUTES: dict[str, type] = {"experiment_id": str, "name": str, "creation_time": float, "last_update_time": float}


def experiment(dataset: Dataset) -> Record:
    """The experiment; the task is a tag of it."""
    created = milliseconds(dataset.created_at)
    facts: dict[str, str | int] = {
        "experiment_id": dataset.id,
        "name": dataset.name,
        "creation_time": created,
        "last_update_time": created,
    }
    tags = {"trainyard.task": dataset.task}
    body = {
        **facts,
        "artifact_location": f"mlflow-artifacts:/{dataset.id}",
        "lifecycle_stage": "active",
        "tags": [{"key": name, "value": value} for name, value in tags.items()],
    }
    values: dict[Key, float | str] = {(TAG, name): value for name, value in tags.items()}
    values |= {(ATTRIBUTE, name): value for name, value in facts.items()}
    return Record(dataset.id, body, values)
