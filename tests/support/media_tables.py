"""Tables of pictures, or of recordings, as Hugging Face's ``datasets`` writes them."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from tests.support import uploads
from tests.support.compiling import compile_file
from tests.support.uploads import Row
from trainyard_spec.datasets import Problem
from trainyard_spec.tasks import Task

IMAGES, SOUNDS, SPEECH = Task.IMAGE_CLASSIFICATION, Task.AUDIO_CLASSIFICATION, Task.SPEECH_RECOGNITION
NAMES = ["cat", "dog"]
PICTURES = [uploads.image_bytes(20 * number) for number in range(12)]


def picture_rows(count: int = 12, *, column: str = "image") -> list[Row]:
    return [
        {column: {"bytes": PICTURES[number], "path": f"{number}.png"}, "label": number % 2} for number in range(count)
    ]


def table_of(rows: Sequence[Row], *, names: Sequence[str] | None = NAMES, kind: str = "Image") -> bytes:
    """Parquet with the metadata that ``datasets`` writes; ``names`` are those of the classes in ``label``."""
    table = pa.Table.from_pylist(list(rows))
    features: dict[str, Any] = {next(iter(rows[0])): {"_type": kind}}
    if names:
        features["label"] = {"_type": "ClassLabel", "names": names}
    stated = {"huggingface": json.dumps({"info": {"features": features}})}
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table.replace_schema_metadata(stated), buffer)
    return buffer.getvalue()


def written(path: Path, content: bytes, name: str = "train.parquet") -> Path:
    (path / name).write_bytes(content)
    return path / name


def only_problem(source: Path, task: Task = IMAGES, **options: Any) -> Problem:
    (problem,) = compile_file(source, task, **options).problems
    return problem
