"""Rows of a table of labels, and which file of the archive each is about."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from trainyard_engine.ingest.archives.named_files import FILE_COLUMNS, NamedFiles
from trainyard_engine.ingest.cells.canonical_cells import Cells
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.any_table import batches_of
from trainyard_engine.ingest.tables.batches import TableBatch, column_of
from trainyard_engine.ingest.tables.split_columns import Reader, Values, reader_of
from trainyard_engine.ingest.tables.table_checks import no_such_column

ROWS_LOOKED_AT = 20
"""For a column that names files and is called otherwise."""
Matching = Callable[[], dict[str, int]]
"""Finds the place of each file's row; rows without a file, and files with two rows, become problems."""


@dataclass(frozen=True, slots=True)
class Rows:
    """``written`` are the files' names as the rows have them, none where no column holds them, ``numbers`` the rows'
    places in the table, from 1, int64 (rows,); ``splits`` hold, by option, what files are split by."""

    written: Sequence[str]
    numbers: npt.NDArray[np.int64]
    splits: Mapping[str, Values]


def rows_of_files(
    within: CompileRequest,
    by_columns: Mapping[str, str],
    columns: Sequence[str],
    *,
    names: Sequence[str],
    thing: str,
    log: ProblemLog,
) -> tuple[Rows, Matching]:
    """The rows of a table with ``columns``, one of which names the files ``names``. Raises ``Rejected``.

    ``thing`` is what a sentence calls such a file.
    """
    file_column = _file_column(columns, by_columns, names, within, log)
    _check_columns(file_column, by_columns, columns, within, log)
    rows = rows_of(within, file_column, by_columns, log)
    return rows, partial(_matched, rows, names, file_column, thing=thing, table=within.filename, log=log)


def _file_column(
    columns: Sequence[str], by_columns: Mapping[str, str], names: Sequence[str], within: CompileRequest, log: ProblemLog
) -> str:
    """The column that is called so, or else the first of others whose first rows all name one of the files ``names``.

    Raises ``Rejected`` when there is none.
    """
    by_name = {column.casefold().replace(" ", "_"): column for column in reversed(columns)}
    found = next((by_name[name] for name in FILE_COLUMNS if name in by_name), None)
    if found is None:
        others = [name for name in columns if name not in {*within.options.to_predict, *by_columns.values()}]
        found = _naming_files(others, names, within, log)
    if found is None:
        message = (
            f"No column of the table names the files. Call it {FILE_COLUMNS[0]!r}; the columns are"
            f" {', '.join(columns[:20])}{', …' if len(columns) > 20 else ''}."
        )
        log.reject(ProblemCode.FILE_COLUMN_MISSING, message, file=within.filename)
    return found


def _naming_files(columns: Sequence[str], names: Sequence[str], within: CompileRequest, log: ProblemLog) -> str | None:
    known, folder = NamedFiles(names), str(PurePosixPath(within.filename).parent)
    batch = next(batches_of(within, log), None)
    if batch is None:
        return None
    for column in columns:
        cells = Cells.of(column_of(batch, column).slice(0, ROWS_LOOKED_AT))
        written = [] if cells is None else _texts(cells)
        if written and all(text and known.find(text, folder=folder) for text in written):
            return column
    return None


def _check_columns(
    files: str, by_columns: Mapping[str, str], columns: Sequence[str], within: CompileRequest, log: ProblemLog
) -> None:
    """Raises ``Rejected`` when a column is named twice, or is not there."""
    for column in (files, *by_columns.values()):
        if column in within.options.to_predict or (column == files and column in by_columns.values()):
            message = "The files, what is to be predicted, and what files are split by must be different columns."
            log.reject(ProblemCode.COLUMN_REUSED, message, file=within.filename, column=column)
        if column not in columns:
            message = no_such_column(column, columns)
            log.reject(ProblemCode.COLUMN_UNKNOWN, message, file=within.filename, column=column)


def rows_of(within: CompileRequest, files: str | None, by_columns: Mapping[str, str], log: ProblemLog) -> Rows:
    """Raises ``Rejected`` when the column of ``files``, if there is one, holds something else than names."""
    readers = {option: _reader(option, column, within, log) for option, column in by_columns.items()}
    written: list[str] = []
    taken = 0
    numbers = [np.empty(0, dtype=np.int64)]
    found: dict[str, list[Values]] = {option: [] for option in by_columns}
    for batch in batches_of(within, log):
        numbers.append(batch.numbered(taken))
        taken += batch.rows
        written += [] if files is None else _written(batch, files, within, log)
        for option, column in by_columns.items():
            found[option].append(readers[option](column_of(batch, column)))
    splits = {option: np.concatenate(values) for option, values in found.items()}
    return Rows(written, np.concatenate(numbers), splits)


def _reader(option: str, column: str, within: CompileRequest, log: ProblemLog) -> Reader:
    return reader_of(option, lambda: (column_of(batch, column) for batch in batches_of(within, log)))


def _written(batch: TableBatch, column: str, within: CompileRequest, log: ProblemLog) -> list[str]:
    cells = Cells.of(column_of(batch, column))
    if cells is None:
        message = f"The column {column} holds lists, objects or binary data. Write the names of files into it."
        log.reject(ProblemCode.COLUMN_UNSUPPORTED, message, file=within.filename, column=column)
    return _texts(cells)


def _texts(cells: Cells) -> list[str]:
    texts: list[str] = pc.fill_null(pc.coalesce(cells.shown, cells.text()), "").to_pylist()
    return texts


def _matched(
    rows: Rows, names: Sequence[str], column: str, *, thing: str, table: str, log: ProblemLog
) -> dict[str, int]:
    """The place of the row of each of ``names`` that has one; two for one, and rows without a file, become problems."""
    known, folder = NamedFiles(names), str(PurePosixPath(table).parent)
    places: dict[str, int] = {}
    for place, (written, row) in enumerate(zip(rows.written, rows.numbers.tolist(), strict=True)):
        name = known.find(written, folder=folder) if written else None
        if name is None:
            said = f"no {thing} {written}" if written else f"no {thing} without a name"
            message = f"The archive holds {said}. Names are as seen from the table's folder."
            log.add(ProblemCode.LABELLED_FILE_MISSING, message, file=table, row=row, column=column)
        elif name in places:
            message = f"The {thing} {name} has row {rows.numbers[places[name]]:,} already. Leave one out."
            log.add(ProblemCode.DUPLICATE_LABELS, message, file=table, row=row, column=column)
        else:
            places[name] = place
    return places
