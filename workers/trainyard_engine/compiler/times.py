"""Columns of times: numbers of any unit, or dates and times as ``dates`` reads them."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.compiler.cells import Cells
from trainyard_engine.dates import microseconds_of

Times = npt.NDArray[np.float64]

WITHOUT_ZONE, WITH_ZONE = pa.timestamp("us"), pa.timestamp("us", "UTC")


def numbers_in(values: pa.Array) -> Times:
    """float64 (rows,), NaN where a cell is missing, infinite or no number."""
    cells = Cells.of(values)
    numbers = np.full(len(values), np.nan) if cells is None else cells.numbers
    return np.where(np.isfinite(numbers), numbers, np.nan)


def dates_in(values: pa.Array) -> Times:
    """Microseconds since 1970, float64 (rows,), NaN where a cell is missing or no date. Without a zone it is UTC."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return dates_in(values.dictionary_decode())
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _microseconds(values.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False))
    cells = Cells.of(values)
    return np.full(len(values), np.nan) if cells is None else _parsed(cells.text())


def _parsed(text: pa.Array) -> Times:
    dashed = pc.replace_substring(text, "/", "-")
    for kind in (WITHOUT_ZONE, WITH_ZONE):
        try:
            return _microseconds(dashed.cast(kind))
        except pa.ArrowInvalid:
            continue
    # Columns with and without zones, spelled otherwise, and to tell which cell is no date.
    return np.array([None if cell is None else microseconds_of(cell) for cell in text.to_pylist()], dtype=np.float64)


def _microseconds(stamps: pa.Array) -> Times:
    whole = stamps.cast(pa.int64())
    times: Times = whole.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return times
