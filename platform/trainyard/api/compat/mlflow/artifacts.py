"""Artifacts of a run: the model files of a job, or what a client logged to its own run."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trainyard.api.compat.mlflow import run_sources, tracked_runs
from trainyard.core.errors import NotFound
from trainyard.jobs import queries as jobs
from trainyard.registry import queries
from trainyard.tracking import artifacts
from trainyard.tracking import queries as tracking
from trainyard_spec.files import FileEntry

PLACE = "artifacts"


@dataclass(frozen=True, slots=True)
class ArtifactPath:
    """``<experiment>/<run>/artifacts/<name>``, as in a run's ``artifact_uri``; ``name`` is empty for all of them."""

    experiment_id: str
    run_id: str
    name: str

    @property
    def is_logged(self) -> bool:
        """Whether a client logged the run."""
        return self.run_id.startswith(tracked_runs.PREFIX)


@dataclass(frozen=True, slots=True)
class Download:
    """A file in the store, its entity tag, and the name under which it is saved."""

    key: str
    file: FileEntry
    filename: str


def path_of(text: str) -> ArtifactPath:
    """Raises ``NotFound``."""
    parts = text.strip("/").split("/", maxsplit=3)
    if len(parts) < 3 or parts[2] != PLACE:
        raise NotFound("There are no artifacts there: a path begins with experiment, run and artifacts.")
    return ArtifactPath(parts[0], parts[1], parts[3] if len(parts) > 3 else "")


def files(path: ArtifactPath) -> list[dict[str, Any]]:
    """What lies in the directory ``path``; every file of a model lies at the top. Nothing of a job without a model.

    Raises ``NotFound`` where there is no such run.
    """
    if path.is_logged:
        _check_experiment(path)
        found = artifacts.listed(run_id=path.run_id, directory=path.name)
        sizes = ({} if each.bytes is None else {"file_size": each.bytes} for each in found)
        return [{"path": each.name, "is_dir": not size, **size} for each, size in zip(found, sizes, strict=True)]
    model = queries.model_of_job(job_id=path.run_id, dataset_id=path.experiment_id)
    if model is None:
        jobs.job(path.run_id)
        return []
    if path.name:
        return []
    return [{"path": entry["name"], "is_dir": False, "file_size": entry["bytes"]} for entry in model.files]


def download(path: ArtifactPath) -> Download:
    """Raises ``NotFound``."""
    if path.is_logged:
        _check_experiment(path)
        row = artifacts.artifact(run_id=path.run_id, path=path.name)
        entry = FileEntry(name=row.id, bytes=row.bytes, sha256=row.sha256)
        return Download(row.blob_key, entry, path.name.rpartition("/")[2])
    model = queries.model_of_job(job_id=path.run_id, dataset_id=path.experiment_id)
    if model is None:
        run_sources.by_id(path.run_id)
        raise NotFound("This run has no model: its job has not finished, or the model was deleted.")
    file = queries.file_of(model=model, name=path.name)
    return Download(f"{model.blob_prefix}/{file.name}", file, file.name)


def write(path: ArtifactPath, *, size: int, chunks: Iterable[bytes], now: datetime) -> None:
    """Keeps a file of ``size`` bytes. Raises ``OnlyRead``, ``NotFound``, and what ``artifacts.write`` raises."""
    run_id = tracked_runs.writable(path.run_id)
    _check_experiment(path)
    artifacts.write(run_id=run_id, path=path.name, size=size, chunks=chunks, now=now)


def delete(path: ArtifactPath, *, now: datetime) -> None:
    """Deletes a file, or all of a directory. Raises ``OnlyRead`` and ``NotFound``."""
    run_id = tracked_runs.writable(path.run_id)
    _check_experiment(path)
    artifacts.delete(run_id=run_id, path=path.name, now=now)


def _check_experiment(path: ArtifactPath) -> None:
    if tracking.run_alone(path.run_id).experiment_id != path.experiment_id:
        raise NotFound(f"There is no run {path.run_id} in this experiment.")
