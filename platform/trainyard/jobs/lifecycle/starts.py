"""The model that a job starts from, as ``registry``, which owns the models, provides it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trainyard.core.errors import FieldError
from trainyard_spec.datasets import DatasetSummary
from trainyard_spec.files import FileEntry
from trainyard_spec.start_rules import StartingModel, start_violations
from trainyard_spec.training import TrainingSpec


@dataclass(frozen=True, slots=True)
class JobStart:
    """``files``, under ``blob_prefix``, are those that a worker needs; ``facts`` decide whether a spec fits them."""

    model_id: str
    blob_prefix: str
    files: tuple[FileEntry, ...]
    facts: StartingModel

    def stored(self) -> dict[str, Any]:
        """What a job keeps of it: models never change, and the files stay as long as the job is unfinished."""
        files = [file.model_dump(mode="json") for file in self.files]
        return {"blob_prefix": self.blob_prefix, "files": files, "is_adapters": self.facts.is_adapters}


def start_errors(spec: TrainingSpec, data: DatasetSummary, start: JobStart | None) -> Sequence[FieldError]:
    """Why a job by ``spec`` cannot start from the model that it names; empty where it can, or names none."""
    if spec.init_from is None:
        return ()
    if start is None or start.model_id != spec.init_from:
        message = "This way of submitting a job starts from no model."
        return (FieldError("init_from", "start_unsupported", message, "Leave it out."),)
    found = start_violations(spec, data, start.facts)
    return tuple(FieldError(field, code, message, hint) for field, message, hint, code in found)
