"""Steps that a client sends to be predicted, in the order of their times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pyarrow as pa

from trainyard_engine.ingest.cells.cell_forms import TIMES
from trainyard_engine.ingest.cells.key_text import key_of
from trainyard_engine.ingest.cells.times import dates_in
from trainyard_engine.modalities.inputs import (
    MISSING_TEXTS,
    Array,
    bad_input,
    category_text,
    checked_row,
    numeric_array,
)
from trainyard_spec.datasets import NumberForm, SeriesProfile
from trainyard_spec.names import column_name


@dataclass(frozen=True, slots=True)
class InputSeries:
    """One series: ``values`` float64 (steps, channels), oldest first.

    ``rows`` int64 (steps,) are their places in the input, ``series`` is the name that they give, if they do, and
    ``columns`` are what any of them has, by the form in which names are compared.
    """

    values: Array
    rows: Array
    series: str | None
    columns: frozenset[str]

    def part(self, part: slice) -> Self:
        """Some of the steps."""
        return replace(self, values=self.values[part], rows=self.rows[part])


def read_windows(inputs: Sequence[Any], profile: SeriesProfile, *, context: int) -> list[InputSeries]:
    """The last ``context`` steps of each of ``inputs``.

    An input is a list of numbers, oldest first, or of objects: in the order of their times if they have any, else
    oldest first. Raises ``EngineFault`` as the others do, also for one that is too short and for a step without the
    target.
    """
    windows = []
    for index, value in enumerate(inputs):
        window = read_steps(value, index, profile).part(slice(-context, None))
        if len(window.rows) < context:
            raise bad_input(index, f"has {len(window.rows)} steps; a forecast needs the last {context}")
        for row in window.rows[np.isnan(window.values[:, 0])].tolist():
            problem = f"lacks a value of {profile.target}, and a forecast needs one in each of the last {context} steps"
            raise bad_input(index, problem, column=profile.target, row=row)
        windows.append(window)
    return windows


def padded_steps(inputs: Sequence[InputSeries]) -> tuple[Array, Array]:
    """float64 (inputs, longest, channels), zeros behind the end, and their lengths, int64 (inputs,)."""
    lengths = np.array([len(steps.rows) for steps in inputs], dtype=np.int64)
    padded = np.zeros((len(inputs), lengths.max(), inputs[0].values.shape[1]))
    for steps, row in zip(inputs, padded, strict=True):
        row[: len(steps.rows)] = steps.values
    return padded, lengths


def read_steps(value: Any, index: int, profile: SeriesProfile) -> InputSeries:
    """The steps of a list of objects or, where there is one channel, of numbers.

    Raises ``EngineFault`` naming the row that cannot be read, the time that stands twice, or the other series.
    """
    names = [channel.name for channel in profile.channels]
    if not isinstance(value, list) or not value:
        raise bad_input(index, "is not a list of the steps of a series")
    if not isinstance(value[0], Mapping):
        if len(names) > 1:
            raise bad_input(
                index, f"must be a list of objects with {', '.join(names)}, for a step has {len(names)} numbers"
            )
        value = [{names[0]: number} for number in value]
    also_known = {profile.target, profile.time, profile.series or "", *profile.dropped, *profile.split_by.values()}
    rows = [checked_row(step, index, names, also_known, row=row) for row, step in enumerate(value)]
    order = _order(rows, index, profile.time, profile.time_form)
    values = numeric_array(rows, profile.channels, index=index)
    columns = frozenset(map(column_name, set().union(*rows)))
    return InputSeries(values=values[order], rows=order, series=_series(rows, index, profile.series), columns=columns)


def _order(rows: Sequence[Mapping[str, Any]], index: int, column: str, form: NumberForm) -> Array:
    """int64 (rows,): which row comes first, second and so on. As they stand where none has a time."""
    cells = [row.get(column) for row in rows]
    missing = [row for row, cell in enumerate(cells) if _is_missing(cell)]
    if len(missing) == len(rows):
        return np.arange(len(rows))
    for row in missing:
        hint = "Give every row its time, or none: then they are taken as oldest first."
        raise bad_input(index, "has no time, and others have", hint=hint, column=column, row=row)
    times = _times(cells, form)
    for row in np.flatnonzero(np.isnan(times)).tolist():
        hint = "Times are numbers, or dates such as 2026-01-31 or 2026-01-31T18:30."
        raise bad_input(index, f"has the time {cells[row]!r}, which is none", hint=hint, column=column, row=row)
    order = np.argsort(times, kind="stable")
    for place in np.flatnonzero(np.diff(times[order]) == 0):
        problem = f"has the same time as row {order[place]}"
        hint = "Leave one of them out, or average them."
        raise bad_input(index, problem, hint=hint, column=column, row=int(order[place + 1]))
    return order


def _times(cells: Sequence[Any], form: NumberForm) -> Array:
    """float64 (cells,), NaN where a cell is no time: all are numbers or all dates, whichever more of them are.

    Dates are read in ``form``, as those of the data were.
    """
    numbers = np.array([_number(cell) for cell in cells])
    if not np.isnan(numbers).any():
        return numbers
    texts = pa.array([cell.strip() if isinstance(cell, str) else None for cell in cells], pa.string())
    dates = dates_in(texts, form if form in TIMES else "datetime")
    return min(dates, numbers, key=lambda times: int(np.isnan(times).sum()))


def _number(cell: Any) -> float:
    try:
        number = np.nan if isinstance(cell, bool) else float(cell)
    except (TypeError, ValueError, OverflowError):
        return np.nan
    return number if np.isfinite(number) else np.nan


def _series(rows: Sequence[Mapping[str, Any]], index: int, column: str | None) -> str | None:
    """The name in the column of series, ``None`` where no row has one."""
    if column is None:
        return None
    names = [None if _is_missing(row.get(column)) else key_of(category_text(row[column])) for row in rows]
    for row, name in enumerate(names):
        if name != names[0]:
            this, first = (f"series {told!r}" if told else "no series" for told in (name, names[0]))
            problem = f"belongs to {this}, and row 0 to {first}"
            hint = "Give the rows of each series as an input of their own."
            raise bad_input(index, problem, hint=hint, column=column, row=row)
    return names[0]


def _is_missing(cell: Any) -> bool:
    if isinstance(cell, str):
        return cell.strip() in MISSING_TEXTS
    return cell is None or (isinstance(cell, float) and np.isnan(cell))
