"""Columns of times: numbers of any unit, or dates and times by ISO 8601, whose date may have slashes too."""

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.compiler.cells import Cells

Times = npt.NDArray[np.float64]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
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
    return np.full(len(values), np.nan) if cells is None else _parsed(pc.replace_substring(cells.text(), "/", "-"))


def _parsed(text: pa.Array) -> Times:
    for kind in (WITHOUT_ZONE, WITH_ZONE):
        try:
            return _microseconds(text.cast(kind))
        except pa.ArrowInvalid:
            continue
    return np.array([_parsed_alone(cell) for cell in text.to_pylist()], dtype=np.float64)


def _parsed_alone(cell: str | None) -> float:
    """For columns with and without zones, and to tell which cell is no date."""
    try:
        at = datetime.fromisoformat(cell or "")
    except ValueError:
        return np.nan
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - EPOCH) / MICROSECOND


def _microseconds(stamps: pa.Array) -> Times:
    whole = stamps.cast(pa.int64())
    times: Times = whole.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return times
