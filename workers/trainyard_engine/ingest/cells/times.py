"""Columns of times: numbers of any unit, or dates and times as ``dates`` reads them."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trainyard_engine.ingest.cells.canonical_cells import Cells
from trainyard_engine.ingest.cells.cell_forms import (
    MICROSECONDS,
    TIMES,
    best_form,
    microseconds,
    microseconds_in,
    spelled,
)
from trainyard_spec.datasets import NumberForm

Times = npt.NDArray[np.float64]


def numbers_in(values: pa.Array) -> Times:
    """float64 (rows,), NaN where a cell is missing, infinite or no number."""
    cells = Cells.of(values)
    numbers = np.full(len(values), np.nan) if cells is None else cells.numbers
    return np.where(np.isfinite(numbers), numbers, np.nan)


def dates_in(values: pa.Array, form: NumberForm = "datetime") -> Times:
    """Microseconds since 1970, float64 (rows,), NaN where a cell is missing or no date. Without a zone it is UTC.

    ``form`` says whether the year, the month or the day comes first.
    """
    kind = values.type
    if pa.types.is_dictionary(kind):
        return dates_in(values.dictionary_decode(), form)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return microseconds(values.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False))
    cells = Cells.of(values)
    if cells is None:
        return np.full(len(values), np.nan)
    return microseconds_in(cells.text()) if form == "datetime" else np.rint(cells.read(form) * MICROSECONDS)


def time_form(columns: Iterable[pa.Array]) -> NumberForm:
    """How a column of times is spelled, by all its cells: as numbers, or as dates with the year, month or day first."""
    counts: Counter[NumberForm] = Counter()
    for values in columns:
        cells = Cells.of(values)
        if cells is not None:
            texts = cells.text().dictionary_encode().dictionary
            counts.update({form: int(found.sum()) for form, found in spelled(texts, ("number", *TIMES)).items()})
    return best_form(counts, ("number", *TIMES)) if counts.total() else "datetime"
