"""Compiles a file in this process, into the directory ``compiled`` beside it."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_engine.cli.compile import compile_dataset
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_engine.ingest.request import CompileRequest
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.datasets import CompiledDataset, CompileResult
from trainyard_spec.tasks import Task


def compile_file(source: Path, task: Task, *, limits: IngestLimits | None = None, **options: Any) -> CompileResult:
    request = CompileRequest(
        source=source,
        filename=source.name,
        task=task,
        options=CompileOptions(**options),
        out=source.parent / "compiled",
        limits=limits or IngestLimits(),
    )
    return compile_dataset(request)


def accepted(source: Path, task: Task, **options: Any) -> CompiledDataset:
    """The dataset; fails with the problems if there are any."""
    result = compile_file(source, task, **options)
    assert result.dataset is not None, result.problems
    return result.dataset


def array(source: Path, name: str) -> npt.NDArray[Any]:
    """One array of the dataset compiled from ``source``."""
    stored: npt.NDArray[Any] = np.load(source.parent / "compiled" / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return stored
