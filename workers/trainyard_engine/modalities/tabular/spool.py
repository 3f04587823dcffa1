"""Spool of the first pass over a table, on disk in rows until it is known which columns are wanted."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt

Kind = TypeVar("Kind", np.float64, np.int32)


@dataclass(frozen=True, slots=True)
class SpooledBatch:
    """``numbers`` is float64 (rows, columns named in ``number_names``), NaN where missing.

    ``codes`` is int32 (rows, columns named in ``code_names``), -1 where missing.
    """

    rows: int
    number_names: tuple[str, ...]
    numbers: npt.NDArray[np.float64]
    code_names: tuple[str, ...]
    codes: npt.NDArray[np.int32]

    def number_columns(self, names: Sequence[str]) -> npt.NDArray[np.float64]:
        """float64 (rows, names); a column that the batch does not have is missing in all of it."""
        return _columns(self.numbers, self.number_names, names, np.float64(np.nan))

    def code_columns(self, names: Sequence[str]) -> npt.NDArray[np.int32]:
        """int32 (rows, names); a column that the batch does not have is missing in all of it."""
        return _columns(self.codes, self.code_names, names, np.int32(-1))


class Spool:
    """A file that nobody else sees and that is gone when it is closed, for it is read as it was written: in order.

    Plain reads and writes, for the reasons of ``output.NpyFile``.
    """

    def __init__(self, directory: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115  closed by __exit__
        self._batches: list[tuple[int, tuple[str, ...], tuple[str, ...]]] = []

    def add(self, batch: SpooledBatch) -> None:
        """Raises ``OSError`` when the disk refuses."""
        # Most batches have the columns of the one before: one tuple serves them all.
        _, numbers, codes = self._batches[-1] if self._batches else (0, (), ())
        self._batches.append(
            (
                batch.rows,
                numbers if numbers == batch.number_names else batch.number_names,
                codes if codes == batch.code_names else batch.code_names,
            )
        )
        self._file.write(batch.numbers.data)
        self._file.write(batch.codes.data)

    def clear(self) -> None:
        """Forgets everything."""
        self._batches.clear()
        self._file.seek(0)
        self._file.truncate()

    def batches(self) -> Iterator[SpooledBatch]:
        """All of them, in the order in which they came."""
        self._file.seek(0)
        for rows, number_names, code_names in self._batches:
            yield SpooledBatch(
                rows=rows,
                number_names=number_names,
                numbers=self._read(rows, len(number_names), np.float64),
                code_names=code_names,
                codes=self._read(rows, len(code_names), np.int32),
            )

    def _read(self, rows: int, columns: int, kind: type[Kind]) -> npt.NDArray[Kind]:
        content = self._file.read(rows * columns * np.dtype(kind).itemsize)
        return np.frombuffer(content, dtype=kind).reshape(rows, columns)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()


def _columns(
    stored: npt.NDArray[Kind], stored_names: tuple[str, ...], names: Sequence[str], absent: Kind
) -> npt.NDArray[Kind]:
    if stored_names == tuple(names):
        return stored
    places = {name: place for place, name in enumerate(stored_names)}
    if all(name in places for name in names):
        return stored[:, [places[name] for name in names]]
    columns = np.full((len(stored), len(names)), absent)
    for position, name in enumerate(names):
        if name in places:
            columns[:, position] = stored[:, places[name]]
    return columns
