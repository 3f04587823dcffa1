"""Columns of times: numbers of any unit, or dates and times as ``dates`` reads them."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trainyard_engine.compiler.cells import Cells
from trainyard_engine.compiler.forms import microseconds, microseconds_in

Times = npt.NDArray[np.float64]


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
        return microseconds(values.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False))
    cells = Cells.of(values)
    return np.full(len(values), np.nan) if cells is None else microseconds_in(cells.text())
