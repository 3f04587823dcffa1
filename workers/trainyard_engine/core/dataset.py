"""A compiled dataset, opened without reading it: its arrays stay on disk until their rows are asked for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from trainyard_common.atomic_io import sha256_of
from trainyard_engine.core.faults import invalid_input
from trainyard_spec.datasets import CompiledDataset

DATASET_FILE = "dataset.json"
OFFSETS = "_offsets"


@dataclass(frozen=True, slots=True)
class Dataset:
    """The arrays of a dataset, named as in ``datasets.py``; ``features`` are all but the target."""

    compiled: CompiledDataset
    sha256: str
    features: dict[str, npt.NDArray[Any]]
    targets: npt.NDArray[Any] | None

    @property
    def target(self) -> npt.NDArray[Any]:
        """int64 (rows,) class indices or float64 (rows,), of several labels uint8 (rows, labels), of several targets
        float64 (rows, targets). Raises ``ValueError`` for data that have none."""
        if self.targets is None:
            raise ValueError(f"data for {self.compiled.task} have no target of one number a row")
        return self.targets

    @property
    def is_classification(self) -> bool:
        return self.compiled.task.is_classification


def open_dataset(directory: Path) -> Dataset:
    """Opens a compiled dataset memory-mapped. Raises ``EngineFault`` unless it is whole."""
    try:
        compiled = CompiledDataset.model_validate_json((directory / DATASET_FILE).read_bytes())
        arrays = {entry.name.removesuffix(".npy"): _open_array(directory, entry.name) for entry in compiled.files}
    except (OSError, ValidationError, ValueError) as error:
        raise invalid_input(
            f"{directory} is not a compiled dataset: {error}",
            code="invalid_dataset",
            hint="Make one with: python -m trainyard_engine compile",
        ) from error
    if not all(len(array) == _length(name, arrays, compiled) for name, array in arrays.items()):
        raise invalid_input(f"{directory} does not hold {compiled.rows} rows in every array", code="invalid_dataset")
    return Dataset(
        compiled=compiled,
        sha256=sha256_of(directory / DATASET_FILE),
        targets=np.asarray(arrays.pop("target")) if "target" in arrays else None,
        features=arrays,
    )


def _length(name: str, arrays: dict[str, npt.NDArray[Any]], compiled: CompiledDataset) -> int:
    """What the array called ``name`` must have: an entry per row, or where its rows begin and end in ``…_offsets``.

    What has another number of entries than there are rows says so itself.
    """
    entries = compiled.entries.get(name.removesuffix(OFFSETS), compiled.rows)
    if name.endswith(OFFSETS):
        return entries + 1
    offsets = arrays.get(name + OFFSETS)
    return entries if offsets is None else int(offsets[-1])


def _open_array(directory: Path, name: str) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.load(directory / name, mmap_mode="r", allow_pickle=False)
    return array
