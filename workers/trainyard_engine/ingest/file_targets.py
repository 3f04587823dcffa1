"""What is to be predicted of an archive's files, which are the rows of the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.output import NpyFile
from trainyard_engine.ingest.split_folders import write_parts
from trainyard_engine.modalities.text.output import write_names
from trainyard_spec.files import FileEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTargets:
    """``values`` (files, …) are as ``target.npy`` holds them, in the order of ``names``.

    ``counts`` go with ``classes``. ``parts`` are the files' places in ``PARTS``, where what the option
    ``split`` names says them. ``told_by`` are the fields of a ``TargetProfile``.
    """

    names: Sequence[str]
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    values: npt.NDArray[Any]
    parts: tuple[int, ...] = ()
    split: str | None = None
    told_by: dict[str, Any]

    @property
    def split_by(self) -> dict[str, str]:
        """As profiles have it."""
        return {} if self.split is None else {"split": self.split}

    def write(self, directory: Path) -> tuple[FileEntry, ...]:
        """``target.npy``, the files' names, and ``split_split.npy`` where the parts are known."""
        values = np.ascontiguousarray(self.values)
        with NpyFile(directory / "target.npy", dtype=values.dtype, shape=values.shape) as target:
            target.write(0, values)
            entries = (target.finish(), *write_names(directory, "name", self.names))
        return (*entries, write_parts(self.parts, directory)) if self.parts else entries
