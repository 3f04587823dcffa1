"""MLflow's experiments: a dataset whose runs are the jobs on its versions, or one that a client created."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from trainyard.api.compat.mlflow.bodies import ACTIVE_ONLY, ALL, DELETED_ONLY
from trainyard.api.compat.mlflow.filters import ATTRIBUTE, TAG, Key
from trainyard.api.compat.mlflow.runs import milliseconds, pairs
from trainyard.api.compat.mlflow.search import Record, SearchSource
from trainyard.core.errors import NotFound
from trainyard.datasets import queries as datasets
from trainyard.datasets.models import Dataset
from trainyard.tracking import operations as tracking_operations
from trainyard.tracking import queries as tracking
from trainyard.tracking.models import Experiment

ATTRIBUTES: dict[str, type] = {"experiment_id": str, "name": str, "creation_time": float, "last_update_time": float}
DATASET, TRACKED = "ds_", "mlx_"
ACTIVE, DELETED = "active", "deleted"
VIEWS: dict[str, bool | None] = {ACTIVE_ONLY: False, DELETED_ONLY: True, ALL: None}
"""What each ``view_type`` asks of a row: deleted or not, or either."""


def sources(*, deleted: bool | None) -> list[SearchSource]:
    """Where experiments are found. A data set that was deleted is none any more."""
    tracked = SearchSource(TRACKED, tracking.experiments(deleted=deleted), _tracked)
    return [tracked] if deleted else [SearchSource(DATASET, datasets.datasets_alone(), _datasets), tracked]


def named(name: str) -> Record:
    """The experiment of that name: one of MLflow's own, else the newest data set. Raises ``NotFound``."""
    tracked = tracking.named(name)
    if tracked is not None:
        return _tracked([tracked])[0]
    dataset = datasets.newest_named(name=name)
    if dataset is None:
        raise NotFound(f"There is no experiment {name}.", hint="An experiment is a dataset; search lists them.")
    return _datasets([dataset])[0]


def by_id(experiment_id: str, *, now: datetime) -> Record:
    """Raises ``NotFound``."""
    if experiment_id == tracking.DEFAULT_ID:
        return _tracked([tracking_operations.default_experiment(now=now)])[0]
    if experiment_id.startswith(TRACKED):
        return _tracked([tracking.experiment(experiment_id)])[0]
    return _datasets([datasets.dataset_alone(dataset_id=experiment_id)])[0]


def _datasets(rows: Sequence[Dataset]) -> list[Record]:
    tags = tracking.tags_of(row.id for row in rows)
    return [
        _record(
            row.id,
            name=row.name,
            created=row.created_at,
            updated=row.created_at,
            tags={**tags.get(row.id, {}), "trainyard.task": row.task},
            stage=ACTIVE,
        )
        for row in rows
    ]


def _tracked(rows: Sequence[Experiment]) -> list[Record]:
    tags = tracking.tags_of(row.id for row in rows)
    return [
        _record(
            row.id,
            name=row.name,
            created=row.created_at,
            updated=row.updated_at,
            tags=tags.get(row.id, {}),
            stage=DELETED if row.deleted_at else ACTIVE,
        )
        for row in rows
    ]


def _record(
    experiment_id: str, *, name: str, created: datetime, updated: datetime, tags: Mapping[str, str], stage: str
) -> Record:
    facts: dict[str, str | int] = {
        "experiment_id": experiment_id,
        "name": name,
        "creation_time": milliseconds(created),
        "last_update_time": milliseconds(updated),
    }
    body = {
        **facts,
        "artifact_location": f"mlflow-artifacts:/{experiment_id}",
        "lifecycle_stage": stage,
        "tags": pairs(tags),
    }
    values: dict[Key, float | str] = {(TAG, key): value for key, value in tags.items()}
    values |= {(ATTRIBUTE, key): value for key, value in facts.items()}
    return Record(experiment_id, body, values)
