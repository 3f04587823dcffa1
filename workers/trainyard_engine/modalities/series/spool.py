"""Puts the steps of a table, which come in any order, into the order of their series and times.

Each step is written to the place that its series has in a temporary file; then a few series at a time are read back and
sorted. So memory holds a batch of rows, or one long series, and never the table.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

STEPS_AT_ONCE = 1 << 18

Ints = npt.NDArray[np.int64]
Records = npt.NDArray[np.void]
"""Steps with the fields ``time`` float64, ``row`` int64, ``part`` int8 and ``values`` float64 (channels,)."""


class SeriesSpool:
    """``offsets`` int64 (series + 1,) say where each series begins and the last one ends."""

    def __init__(self, directory: Path, *, offsets: Ints, channels: int) -> None:
        self._file = tempfile.TemporaryFile(dir=directory, buffering=0)  # noqa: SIM115  closed by ``__exit__``
        self._kind = np.dtype([("time", "<f8"), ("row", "<i8"), ("part", "i1"), ("values", "<f8", (channels,))])
        self._offsets = offsets
        self._free = offsets[:-1].copy()

    def add(
        self, series: Ints, times: npt.NDArray[np.float64], rows: Ints, values: npt.NDArray[np.float64], parts: Ints
    ) -> None:
        """Takes in steps by the number of their series."""
        order = np.argsort(series, kind="stable")
        series = series[order]
        records = np.empty(len(order), dtype=self._kind)
        records["time"], records["row"], records["values"] = times[order], rows[order], values[order]
        records["part"] = parts[order]
        met, first, counts = np.unique(series, return_index=True, return_counts=True)
        places = np.repeat(self._free[met] - first, counts) + np.arange(len(order))
        self._free[met] += counts
        for run in np.split(np.arange(len(order)), np.flatnonzero(np.diff(places) != 1) + 1):
            self._write(int(places[run[0]]), records[run[0] : run[-1] + 1])

    def in_order(self) -> Iterator[tuple[int, Ints, Records]]:
        """Whole series, by number and time: the place of the first step, and of each its series and its record."""
        begin, series = 0, len(self._offsets) - 1
        while begin < series:
            most = self._offsets[begin] + STEPS_AT_ONCE
            end = max(begin + 1, int(np.searchsorted(self._offsets, most, side="right")) - 1)
            start = int(self._offsets[begin])
            records = self._read(start, int(self._offsets[end]) - start)
            numbers = np.repeat(np.arange(begin, end), np.diff(self._offsets[begin : end + 1]))
            yield start, numbers, records[np.lexsort((records["time"], numbers))]
            begin = end

    def _write(self, place: int, records: Records) -> None:
        self._file.seek(place * self._kind.itemsize)
        content: Any = memoryview(records.tobytes())
        while content:
            content = content[self._file.write(content) :]

    def _read(self, place: int, count: int) -> Records:
        self._file.seek(place * self._kind.itemsize)
        records = np.empty(count, dtype=self._kind)
        content: Any = memoryview(records.view(np.uint8).data)
        while content:
            read = self._file.readinto(content)
            if not read:
                raise OSError("the temporary file ended early")
            content = content[read:]
        return records

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
