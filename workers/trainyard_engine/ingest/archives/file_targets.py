"""Targets of an archive's files, which are the rows of the data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.output import NpyFile
from trainyard_engine.ingest.split_folders import write_split
from trainyard_engine.modalities.text.output import write_names
from trainyard_spec.files import FileEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTargets:
    """``values`` (files, …) are as ``target.npy`` holds them, in the order of ``names``.

    ``counts`` go with ``classes``. ``splits`` hold, by option, what the files are split by, float64 (files,), and
    ``split_by`` what the option said. ``told_by`` are the fields of a ``TargetProfile``.
    """

    names: Sequence[str]
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    values: npt.NDArray[Any]
    splits: Mapping[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    split_by: dict[str, str] = field(default_factory=dict)
    told_by: dict[str, Any]

    def write(self, directory: Path) -> tuple[FileEntry, ...]:
        """``target.npy``, the files' names, and ``split_split.npy`` and so on by what they can be split."""
        values = np.ascontiguousarray(self.values)
        with NpyFile(directory / "target.npy", dtype=values.dtype, shape=values.shape) as target:
            target.write(0, values)
            entries = (target.finish(), *write_names(directory, "name", self.names))
        return (*entries, *(write_split(option, found, directory) for option, found in self.splits.items()))
