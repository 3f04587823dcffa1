"""Columns of a table that say which rows belong together, come first, or train: a split can be made by them."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trainyard_engine.ingest.cells.canonical_cells import Cells
from trainyard_engine.ingest.cells.keys import Keys
from trainyard_engine.ingest.cells.times import dates_in, numbers_in, time_form
from trainyard_engine.ingest.output import NpyFile
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import part_of, split_columns
from trainyard_engine.ingest.tables.any_table import batches_of
from trainyard_engine.ingest.tables.batches import column_of
from trainyard_engine.ingest.tables.table_checks import no_such_column
from trainyard_spec.datasets import PARTS, Problem
from trainyard_spec.files import FileEntry

Values = npt.NDArray[np.float64]
Reader = Callable[[pa.Array], Values]
"""From cells to numbers, NaN where they cannot be read."""

SAYINGS: dict[str, tuple[ProblemCode, str]] = {
    "time": (ProblemCode.TIME_UNREADABLE, "The time is missing, or neither a number nor a date such as 2026-03-01."),
    "group": (ProblemCode.GROUP_MISSING, "The row does not say what it belongs to. Fill it in or leave the row out."),
    "split": (ProblemCode.SPLIT_UNREADABLE, f"The part is none of {', '.join(PARTS)}."),
}


def write_split_columns(request: CompileRequest, rows: int, directory: Path, log: ProblemLog) -> tuple[FileEntry, ...]:
    """Reads the table once more, for these columns alone: ``split_time.npy`` and so on, float64 (rows,).

    Raises ``Rejected`` for columns that are not there and cells that cannot be read.
    """
    for column in split_columns(request).values():
        if column in (*request.options.to_predict, request.options.text):
            message = "The options target, targets, text, time, group and split must name different columns."
            log.reject(ProblemCode.COLUMN_REUSED, message, file=request.filename, column=column)
    return tuple(
        _write(request, option, column, rows, directory, log) for option, column in split_columns(request).items()
    )


def _write(request: CompileRequest, option: str, column: str, rows: int, directory: Path, log: ProblemLog) -> FileEntry:
    read = reader_of(option, lambda: (column_of(batch, column) for batch in batches_of(request, log)))
    with NpyFile(directory / f"split_{option}.npy", dtype=np.float64, shape=(rows,)) as file:
        row = 0
        names: dict[str, None] = {}
        for batch in batches_of(request, log):
            names.update(dict.fromkeys(batch.columns))
            values = read(column_of(batch, column))
            if column in names:
                report_unreadable(values, option, column, request.filename, log, rows=batch.numbered(row))
            file.write(row, values)
            row += batch.rows
        if column not in names:
            message = no_such_column(column, list(names))
            log.reject(ProblemCode.COLUMN_UNKNOWN, message, file=request.filename, column=column)
        log.raise_if_any()
        return file.finish()


def reader_of(option: str, cells: Callable[[], Iterable[pa.Array]]) -> Reader:
    """Reader of the column that ``option`` names; ``cells`` are all of it, which tell how its times are spelled."""
    if option == "time":
        form = time_form(cells())
        return numbers_in if form == "number" else partial(dates_in, form=form)
    if option == "split":
        return parts_in
    keys = Keys()

    def groups(values: pa.Array) -> Values:
        cells = Cells.of(values)
        codes = np.full(len(values), -1) if cells is None else keys.codes(cells)
        return np.where(codes < 0, np.nan, codes)

    return groups


def parts_in(values: pa.Array) -> Values:
    cells = Cells.of(values)
    if cells is None:
        return np.full(len(values), np.nan)
    encoded = cells.text().dictionary_encode()
    found = [part_of(text) for text in encoded.dictionary.to_pylist()]
    places = np.array([*found, None], dtype=np.float64)
    parts: Values = places[encoded.indices.fill_null(len(places) - 1).to_numpy(zero_copy_only=False)]
    return parts


def report_unreadable(
    values: Values, option: str, column: str, file: str, log: ProblemLog, *, rows: npt.NDArray[np.int64]
) -> None:
    """Adds a problem for each of ``values`` that could not be read; ``rows`` are their places in ``file``, from 1."""
    code, message = SAYINGS[option]
    wrong = rows[np.isnan(values)]
    log.extend(
        len(wrong),
        (Problem(code=code, message=message, file=file, row=int(row), column=column) for row in wrong),
    )
