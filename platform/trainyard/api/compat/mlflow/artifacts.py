"""The files of a finished job's model as the artifacts of its run."""

from dataclasses import dataclass
from typing import Any

from trainyard.api.compat.mlflow import run_sources, tracked_runs
from trainyard.core.errors import NotFound
from trainyard.jobs import queries as jobs
from trainyard.registry import queries
from trainyard.registry.models import Model
from trainyard.tracking import queries as tracking

PLACE = "artifacts"


@dataclass(frozen=True, slots=True)
class ArtifactPath:
    """``<experiment>/<run>/artifacts/<name>``, as in a run's ``artifact_uri``; ``name`` is empty for all of them."""

    dataset_id: str
    job_id: str
    name: str


def path_of(text: str) -> ArtifactPath:
    """Raises ``NotFound``."""
    parts = text.strip("/").split("/", maxsplit=3)
    if len(parts) < 3 or parts[2] != PLACE:
        raise NotFound("There are no artifacts there: a path begins with experiment, run and artifacts.")
    return ArtifactPath(parts[0], parts[1], parts[3] if len(parts) > 3 else "")


def files(path: ArtifactPath) -> list[dict[str, Any]]:
    """What is below ``path``: every file of the model lies at the top. Nothing of a run without a model, and of one
    that a client logs.

    Raises ``NotFound`` where there is no such run.
    """
    if path.job_id.startswith(tracked_runs.PREFIX):
        tracking.run(path.job_id)
        return []
    found = queries.model_of_job(job_id=path.job_id, dataset_id=path.dataset_id)
    if found is None:
        jobs.job(path.job_id)
        return []
    if path.name:
        return []
    return [{"path": entry["name"], "is_dir": False, "file_size": entry["bytes"]} for entry in found.files]


def model_at(path: ArtifactPath) -> Model:
    """Raises ``NotFound``."""
    found = queries.model_of_job(job_id=path.job_id, dataset_id=path.dataset_id)
    if found is None:
        run_sources.by_id(path.job_id)
        raise NotFound("This run has no model: its job has not finished, or the model was deleted.")
    return found
