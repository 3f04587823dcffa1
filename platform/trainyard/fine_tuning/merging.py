"""A training and a validation file as one dataset, whose rows say which part they are of."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from typing import IO

from django.conf import settings

from trainyard.core.blobs import blob_store
from trainyard.core.errors import InvalidInput
from trainyard.core.storage_full import raising_storage_full
from trainyard.datasets import operations
from trainyard.datasets.models import DatasetVersion
from trainyard_spec.tasks import Task

COLUMN = "split"
OPTIONS = {"split": COLUMN}


class UnreadableFile(InvalidInput):
    """A line of the file is not a JSON object."""

    code = "invalid_file"


@contextmanager
def merged_version(
    training: DatasetVersion, validation: DatasetVersion, *, actor: str, now: datetime
) -> Iterator[DatasetVersion]:
    """A version that holds both, to be added in the block. Rows of ``validation`` validate and test in turn.

    Raises ``UnreadableFile`` and what storing raises.
    """
    with raising_storage_full(), tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as directory:
        path = Path(directory, "merged.jsonl")
        with path.open("wb") as merged:
            _copy(training, merged, cycle(["train"]))
            _copy(validation, merged, cycle(["val", "test"]))
        digest = sha256(path.read_bytes()).hexdigest()
        upload = operations.Upload(path=path, filename="merged.jsonl", bytes=path.stat().st_size, sha256=digest)
        name = f"{training.filename} with {validation.filename}"[:120]
        task = Task(training.dataset.task)
        dataset = operations.create_dataset(name=name, task=task, options=OPTIONS, actor=actor, now=now)
        with operations.stored_version(dataset_id=dataset.id, upload=upload, now=now) as version:
            yield version


def _copy(version: DatasetVersion, merged: IO[bytes], parts: Iterator[str]) -> None:
    with blob_store().open(version.source_key) as source:
        for number, line in enumerate(source, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                row[COLUMN] = next(parts)
            except (ValueError, TypeError) as error:
                message = f"Line {number} of {version.filename} is no JSON object."
                raise UnreadableFile(message, hint="Write one JSON object a line.") from error
            merged.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
