"""Times in a table, as numbers that grow."""

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trainyard_engine.compiler.cells import Cells

MICROSECONDS = 1e6
ISO_TYPES = (pa.timestamp("us"), pa.timestamp("us", "UTC"))
"""What Arrow reads texts without, and with, a zone as."""


def as_numbers(values: pa.Array) -> npt.NDArray[np.float64] | None:
    """float64 (rows,): numbers as they are, dates and times as seconds since 1970 in UTC, NaN for anything else.

    A time without a zone counts as UTC. ``None`` for a column of lists, objects or binary data.
    """
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        return _seconds(values.cast(pa.timestamp("us", values.type.tz if pa.types.is_timestamp(values.type) else None)))
    cells = Cells.of(values)
    if cells is None:
        return None
    numbers = np.where(np.isfinite(cells.numbers), cells.numbers, np.nan)
    if np.isnan(cells.numbers[~cells.missing]).any():
        return np.where(np.isnan(cells.numbers), _of_texts(cells.text()), numbers)
    return numbers


def _of_texts(texts: pa.Array) -> npt.NDArray[np.float64]:
    for kind in ISO_TYPES:
        try:
            return _seconds(texts.cast(kind))
        except pa.ArrowInvalid:
            continue
    return np.array([_of_text(text) for text in texts.to_pylist()], dtype=np.float64)


def _of_text(text: str | None) -> float:
    """One by one, where a batch mixes zones with none, or holds what is no time."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return np.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _seconds(times: pa.Array) -> npt.NDArray[np.float64]:
    numbers: npt.NDArray[np.float64] = times.cast(pa.int64()).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return numbers / MICROSECONDS
