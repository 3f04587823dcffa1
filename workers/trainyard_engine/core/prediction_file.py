"""Predictions on each test example beside the truth: a CSV file by which a model can be judged again."""

import csv
import os
from pathlib import Path
from typing import Self

from trainyard_common.atomic_io import replace_durably, sha256_of
from trainyard_engine.core.provenance import Columns, Places
from trainyard_engine.core.split import Rows
from trainyard_spec.files import FileEntry

LARGEST = 1 << 30
"""Bytes after which no further examples are written: forecasts may be many times as large as their data."""


class PredictionFile:
    """Written line by line as examples are judged, in the order of ``examples``; there once it is finished.

    Numbers are written so that they are read back to the bit.
    """

    def __init__(self, path: Path, places: Places, examples: Rows) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        self._file = self._part.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._places = places
        self._examples = examples
        self._next = 0
        self.is_whole = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves nothing of a file that was not finished."""
        self._file.close()
        self._part.unlink(missing_ok=True)

    def record(self, count: int, told: Columns) -> None:
        """Writes the lines of the next ``count`` examples. Raises ``OSError``."""
        begin, self._next = self._next, self._next + count
        self.is_whole = self.is_whole and self._file.tell() < LARGEST
        if not self.is_whole:
            return
        columns = self._places(self._examples[begin : self._next]) | told
        if begin == 0:
            self._writer.writerow(columns)
        self._writer.writerows(zip(*columns.values(), strict=True))

    def finish(self) -> FileEntry:
        """Makes the file durable. Raises ``OSError``."""
        self._file.flush()
        os.fsync(self._file.fileno())
        replace_durably(self._part, self._path)
        return FileEntry(name=self._path.name, bytes=self._path.stat().st_size, sha256=sha256_of(self._path))
