"""Dataset versions as OpenAI's files: each file of chats or preferences is a dataset of its own."""

import json
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from trainyard.core.errors import NotFound
from trainyard.datasets.models import DatasetVersion
from trainyard.fine_tuning import queries as fine_tuning
from trainyard.fine_tuning.specs import TASKS
from trainyard_spec.files import FileEntry
from trainyard_spec.tasks import Task

PURPOSE = "fine-tune"
STATUSES: dict[str, str] = {
    DatasetVersion.State.VALIDATING: "uploaded",
    DatasetVersion.State.READY: "processed",
    DatasetVersion.State.REJECTED: "error",
}
PREFERENCE_KEYS = frozenset({"preferred_output", "chosen"})
LONGEST_LINE = 2**24


def task_of(path: Path) -> Task:
    """What a file teaches, by the keys of its first row; one that cannot be read is told so by its validation."""
    with path.open("rb") as lines:
        first = lines.readline(LONGEST_LINE)
    try:
        row = json.loads(first)
    except ValueError:
        return Task.INSTRUCTION_TUNING
    is_pair = isinstance(row, dict) and not PREFERENCE_KEYS.isdisjoint(row)
    return Task.PREFERENCE_TUNING if is_pair else Task.INSTRUCTION_TUNING


def files() -> QuerySet[DatasetVersion]:
    """Versions of datasets of chats and preferences that a customer sent."""
    sent = DatasetVersion.objects.filter(dataset__deleted_at=None, dataset__task__in=list(TASKS.values()))
    return sent.exclude(id__in=fine_tuning.merged_versions()).select_related("dataset").defer("profile", "warnings")


def file(file_id: str) -> DatasetVersion:
    """Raises ``NotFound``."""
    found = files().filter(id=file_id).first()
    if found is None:
        raise NotFound(f"There is no file {file_id}.")
    return found


def entry(version: DatasetVersion) -> FileEntry:
    """What its stored content is known by."""
    return FileEntry(name=version.filename, bytes=version.bytes, sha256=version.sha256)


def body(version: DatasetVersion) -> dict[str, Any]:
    """As OpenAI's client reads it; the first problem stands in ``status_details``."""
    problem = next(iter(version.problems), None)
    return {
        "id": version.id,
        "object": "file",
        "bytes": version.bytes,
        "created_at": int(version.created_at.timestamp()),
        "filename": version.filename,
        "purpose": PURPOSE,
        "status": STATUSES[version.state],
        "status_details": problem and problem["message"],
        "dataset_id": version.dataset_id,
    }
