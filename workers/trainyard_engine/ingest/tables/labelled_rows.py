"""Rows of a table that hold no value of the target: they are left out, and told, unless they are more than half.

Of classes only an empty cell or a null is such a row: a cell that says NA may be a name, and is told as a problem.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.ingest.cells.canonical_cells import Cells
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.batches import TableBatch
from trainyard_spec.tasks import Task

TASKS = frozenset(
    {
        *(Task.TABULAR_CLASSIFICATION, Task.TABULAR_REGRESSION, Task.TEXT_CLASSIFICATION, Task.TEXT_REGRESSION),
        *(Task.IMAGE_CLASSIFICATION, Task.IMAGE_REGRESSION, Task.AUDIO_CLASSIFICATION),
    }
)
Mask = npt.NDArray[np.bool_]


def leaves_rows_out(request: CompileRequest) -> bool:
    """Whether rows without a target may be: not where they are steps of series, or where empty is no label."""
    options = request.options
    return request.task in TASKS and bool(options.to_predict) and options.label_separator is None


def labelled(batches: Iterable[TableBatch], request: CompileRequest) -> Iterator[TableBatch]:
    """``batches`` without rows that hold none of the targets; the last may be without any row."""
    if not leaves_rows_out(request):
        yield from batches
        return
    empty = _empty_class if request.task.is_classification else _empty_number
    seen = taken = waiting = 0
    last: TableBatch | None = None
    for batch in batches:
        without = _without(batch, request.options.to_predict, empty)
        first, seen = seen, seen + batch.rows
        if without is None and not waiting and taken == first:
            taken += batch.rows
            yield batch
            continue
        keep = np.ones(batch.rows, dtype=np.bool_) if without is None else ~without
        numbers = first + 1 + np.flatnonzero(keep)
        waiting += batch.rows - len(numbers)
        columns = batch.columns
        if len(numbers) < batch.rows:
            mask = pa.array(keep)
            columns = {name: values.filter(mask) for name, values in columns.items()}
        last = TableBatch(rows=len(numbers), columns=columns, left_out=waiting, numbers=numbers)
        if last.rows:
            taken, waiting = taken + last.rows, 0
            yield last
    if waiting and last is not None:
        yield last


def kept_rows(batches: Iterable[TableBatch]) -> npt.NDArray[np.int64]:
    """The places in the table, from 1, of the rows of ``labelled`` batches, int64 (rows,)."""
    taken = 0
    found = [np.empty(0, dtype=np.int64)]
    for batch in batches:
        found.append(batch.numbered(taken))
        taken += batch.rows
    return np.concatenate(found)


def note_left_out(kept: npt.NDArray[np.int64], left_out: int, request: CompileRequest, log: ProblemLog) -> None:
    """Adds a warning of the ``left_out`` rows. Raises ``Rejected`` when they are more than half of all."""
    names = ", ".join(request.options.to_predict[:5])
    total = len(kept) + left_out
    gaps = np.flatnonzero(kept != 1 + np.arange(len(kept)))
    first = int(gaps[0]) + 1 if len(gaps) else len(kept) + 1
    message = f"{left_out:,} of {total:,} rows hold no value of the target ({names}), the first of them row {first:,}"
    if left_out > len(kept):
        message += ". Choose a column that more than half of the rows have, or leave these rows out."
        log.reject(ProblemCode.TARGET_MISSING, message, file=request.filename, row=first, column=names)
    log.note(WarningCode.UNLABELLED_ROWS, f"{message}; they were left out.", file=request.filename, column=names)


def _without(batch: TableBatch, targets: Iterable[str], empty: Callable[[pa.Array], Mask]) -> Mask | None:
    """bool (rows,): which rows hold none of ``targets``; ``None`` if there are none, or the batch lacks a target."""
    if not batch.rows or not all(name in batch.columns for name in targets):
        return None
    found = np.logical_and.reduce([empty(batch.columns[name]) for name in targets])
    return found if found.any() else None


def _empty_class(values: pa.Array) -> Mask:
    cells = Cells.of(values)
    if cells is None:
        return np.zeros(len(values), dtype=np.bool_)
    written: Mask = pc.fill_null(pc.not_equal(cells.shown, ""), False).to_numpy(zero_copy_only=False)
    return cells.missing & ~written


def _empty_number(values: pa.Array) -> Mask:
    cells = Cells.of(values)
    return np.zeros(len(values), dtype=np.bool_) if cells is None else cells.missing | cells.blank
