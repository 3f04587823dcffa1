"""The columns of a table of interactions, read once and kept: who, what, how much, when."""

from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.ingest.cells import cell_forms
from trainyard_engine.ingest.cells.canonical_cells import Cells
from trainyard_engine.ingest.cells.times import dates_in, numbers_in
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.any_table import batches_of
from trainyard_engine.ingest.tables.batches import TableBatch, column_of
from trainyard_engine.ingest.tables.split_columns import SAYINGS, parts_in
from trainyard_engine.ingest.tables.table_checks import check_any_rows, check_rows, no_such_column
from trainyard_engine.modalities.tabular.checks import CheckedBatch
from trainyard_spec.datasets import NumberForm, Problem

Codes = npt.NDArray[np.int32]

MICROSECONDS = 1e6


@dataclass
class IdColumn:
    """A column of users or items; ``codes`` number its names by when they were first met, -1 where there is none."""

    name: str
    names: dict[str, int] = field(default_factory=dict)
    codes: list[Codes] = field(default_factory=list)

    def add(self, batch: TableBatch, request: CompileRequest, log: ProblemLog) -> None:
        """Takes in one batch. Raises ``Rejected`` for what cannot be names, or for too many of them."""
        cells = Cells.of(column_of(batch, self.name))
        if cells is None:
            _reject_type(self.name, request, log)
        met = len(self.names)
        encoded = cells.text().dictionary_encode()
        found = encoded.dictionary.to_pylist()
        places = [self.names.setdefault(name, len(self.names)) for name in found]
        indices = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
        self.codes.append(np.array([*places, -1], dtype=np.int32)[indices])
        limits = request.limits
        if len(self.names) > met and max(map(len, found)) > limits.label_characters:
            message = f"A name has more than {limits.label_characters} characters. Use shorter ones, such as numbers."
            log.reject(ProblemCode.ID_TOO_LONG, message, file=request.filename, column=self.name)
        if len(self.names) > limits.ids:
            message = f"The column holds more than {limits.ids:,} different names. Leave out the rarest."
            log.reject(ProblemCode.TOO_MANY_INTERACTIONS, message, file=request.filename, column=self.name)

    def in_order(self) -> tuple[list[str], Codes]:
        """The names sorted as their UTF-8 is, and each row's position among them, int32 (rows,), -1 where missing."""
        ordered = sorted(self.names)
        positions = np.empty(len(ordered) + 1, dtype=np.int32)
        positions[[self.names[name] for name in ordered]] = np.arange(len(ordered))
        positions[-1] = -1
        return ordered, positions[np.concatenate(self.codes)]


@dataclass
class NumberColumn:
    """A column of ratings, times or parts; NaN where there is none. Problems of ratings have been told."""

    name: str
    values: list[npt.NDArray[np.float64]] = field(default_factory=list)
    form: NumberForm | None = None
    """Of ratings, or of times that are dates; that of the first rows holds for all."""


@dataclass
class InteractionColumns:
    """All columns that the options name, after one pass over the table."""

    user: IdColumn
    item: IdColumn
    rating: NumberColumn | None
    time: NumberColumn | None
    part: NumberColumn | None
    rows: int = 0


def read_columns(request: CompileRequest, log: ProblemLog) -> InteractionColumns:
    """Reads the whole table. Raises ``Rejected`` when it lacks a column, or a row lacks what it must have."""
    options = request.options
    columns = InteractionColumns(
        user=IdColumn(options.user or ""),
        item=IdColumn(options.item or ""),
        rating=NumberColumn(options.target) if options.target else None,
        time=NumberColumn(options.time) if options.time else None,
        part=NumberColumn(options.split) if options.split else None,
    )
    names: dict[str, None] = {}
    for batch in batches_of(request, log):
        names.update(dict.fromkeys(batch.columns))
        columns.user.add(batch, request, log)
        columns.item.add(batch, request, log)
        if columns.rating and columns.rating.name in names:
            _add_ratings(columns.rating, batch, columns.rows, request, log)
        if columns.time:
            _add_times(columns.time, batch, request, log)
        if columns.part:
            columns.part.values.append(parts_in(column_of(batch, columns.part.name)))
        columns.rows += batch.rows
        if columns.rows > request.limits.interactions:
            message = f"There are more than {request.limits.interactions:,} interactions. Leave out the oldest."
            log.reject(ProblemCode.TOO_MANY_INTERACTIONS, message, file=request.filename)
    check_any_rows(columns.rows, request, log)
    _check_columns(columns, list(names), request, log)
    check_rows(columns.rows, request, log)
    _report_missing(columns, request, log)
    log.raise_if_any()
    return columns


def _add_ratings(column: NumberColumn, batch: TableBatch, row: int, request: CompileRequest, log: ProblemLog) -> None:
    if not column.values and row:
        column.values.append(np.full(row, np.nan))
        message = "The row holds no rating. Fill it in or leave the row out."
        _report(ProblemCode.TARGET_MISSING, message, np.arange(row), column.name, request, log)
    cells = Cells.of(column_of(batch, column.name))
    if cells is None:
        _reject_type(column.name, request, log)
    if column.form is None:
        texts = cells.text()
        column.form = cell_forms.best_form(
            {form: int(cell_forms.matching(texts, form).sum()) for form in cell_forms.NUMBERS}
        )
    checked = CheckedBatch(batch, rows_before=row, filename=request.filename, log=log)
    checked.check_target_numbers(column.name, column.form)
    column.values.append(cells.read(column.form))


def _counted(values: pa.Array) -> dict[NumberForm, int]:
    cells = Cells.of(values)
    found = {} if cells is None else cell_forms.spelled(cells.text(), cell_forms.DATES)
    return {form: int(matches.sum()) for form, matches in found.items()}


def _add_times(column: NumberColumn, batch: TableBatch, request: CompileRequest, log: ProblemLog) -> None:
    values = column_of(batch, column.name)
    if Cells.of(values) is None:
        _reject_type(column.name, request, log)
    times = numbers_in(values)
    if np.isnan(times).any():
        form = column.form = column.form or cell_forms.best_form(_counted(values), cell_forms.DATES)
        times = np.where(np.isnan(times), dates_in(values, form) / MICROSECONDS, times)
    column.values.append(times)


def _check_columns(columns: InteractionColumns, names: list[str], request: CompileRequest, log: ProblemLog) -> None:
    for column in (columns.user, columns.item, columns.rating, columns.time, columns.part):
        if column and column.name not in names:
            code = ProblemCode.TARGET_UNKNOWN if column is columns.rating else ProblemCode.COLUMN_UNKNOWN
            log.reject(code, no_such_column(column.name, names), file=request.filename, column=column.name)


def _report_missing(columns: InteractionColumns, request: CompileRequest, log: ProblemLog) -> None:
    for column, what in ((columns.user, "user"), (columns.item, "item")):
        missing = np.flatnonzero(np.concatenate(column.codes) < 0)
        message = f"The row names no {what}. Fill it in or leave the row out."
        _report(ProblemCode.ID_MISSING, message, missing, column.name, request, log)
    if columns.time:
        unreadable = np.flatnonzero(np.isnan(np.concatenate(columns.time.values)))
        message = "The row's time is missing, or neither a number nor like 2026-01-31T09:30:00."
        _report(ProblemCode.TIME_UNREADABLE, message, unreadable, columns.time.name, request, log)
    if columns.part:
        unreadable = np.flatnonzero(np.isnan(np.concatenate(columns.part.values)))
        code, message = SAYINGS["split"]
        _report(code, message, unreadable, columns.part.name, request, log)


def _report(
    code: ProblemCode,
    message: str,
    rows: npt.NDArray[np.intp],
    column: str,
    request: CompileRequest,
    log: ProblemLog,
) -> None:
    """Adds a problem for each of ``rows``, counted from 0."""
    found = (
        Problem(code=code, message=message, file=request.filename, row=int(row) + 1, column=column) for row in rows
    )
    log.extend(len(rows), found)


def _reject_type(column: str, request: CompileRequest, log: ProblemLog) -> NoReturn:
    message = "The column holds lists, objects or binary data. Choose one of numbers or text."
    log.reject(ProblemCode.COLUMN_UNSUPPORTED, message, file=request.filename, column=column)
