"""The first pass over a table of series: its channels, its classes, and how many steps each series has."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.cells import cell_forms
from trainyard_engine.ingest.cells.canonical_cells import Cells
from trainyard_engine.ingest.cells.keys import Keys
from trainyard_engine.ingest.classes import in_order
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.any_table import batches_of
from trainyard_engine.ingest.tables.batches import TableBatch, column_of
from trainyard_engine.ingest.tables.split_columns import SAYINGS
from trainyard_engine.ingest.tables.table_checks import check_any_rows, check_rows, no_such_column
from trainyard_engine.modalities.tabular.column_values import Reading
from trainyard_engine.modalities.tabular.columns import ColumnScan, Dropped
from trainyard_engine.modalities.tabular.scan import TableScan, found_target
from trainyard_engine.modalities.tabular.targets import classes_of
from trainyard_spec.datasets import CategoricalColumn, NumberForm, NumericColumn

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SeriesColumns:
    """The columns that the options name. Without ``series`` all rows are one."""

    target: str
    time: str
    series: str | None
    split: str | None = None

    @property
    def named(self) -> list[str]:
        return [name for name in (self.target, self.time, self.series, self.split) if name is not None]


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """What the second pass writes. ``channels`` without the target; ``classes`` is empty for a forecast.

    ``has_faults``: a cell holds what its column cannot, or the target lacks a value; the table is to be rejected.
    ``order`` int64 (series,) ranks the numbers that ``keys`` gives; ``lengths`` int64 (series,) are steps, by rank.
    """

    columns: SeriesColumns
    steps: int
    target: NumericColumn | None
    channels: tuple[NumericColumn, ...]
    classes: tuple[str, ...]
    dropped: tuple[Dropped, ...]
    time_form: NumberForm
    has_faults: bool
    scans: Mapping[str, ColumnScan]
    keys: Keys
    names: tuple[str, ...]
    order: Counts
    lengths: Counts

    @property
    def has_dates(self) -> bool:
        """Whether times are dates, or times of one day, and not numbers."""
        return self.time_form in cell_forms.TIMES

    @property
    def has_parts_of_steps(self) -> bool:
        """Whether each step says its part, and not each series."""
        return self.columns.split is not None and self.target is not None

    @property
    def numeric(self) -> tuple[NumericColumn, ...]:
        """The numbers of a step, in stored order."""
        return self.channels if self.target is None else (self.target, *self.channels)

    @property
    def offsets(self) -> Counts:
        """Where each series begins and the last one ends, int64 (series + 1,)."""
        return np.concatenate(([0], np.cumsum(self.lengths)))


def plan_series(request: CompileRequest, columns: SeriesColumns, log: ProblemLog) -> SeriesPlan:
    """Reads the whole table. Raises ``Rejected`` when it cannot become a dataset with these columns."""
    scan, keys, counts = _scanned(request, columns, log)
    check_any_rows(scan.rows, request, log)
    target = found_target(scan.columns.get(columns.target), columns.target, list(scan.columns), request, log)
    _check_options(columns, scan, request, log)
    check_rows(scan.rows, request, log)
    names = in_order(keys.names)
    ranks = {name: rank for rank, name in enumerate(names)}
    order = np.array([ranks[name] for name in keys.names], dtype=np.int64)
    lengths = np.zeros(len(names), dtype=np.int64)
    lengths[order] = counts
    concluded = [_as_channel(column) for column in scan.conclude(columns.named)]
    channels = tuple(column for column in concluded if isinstance(column, NumericColumn))
    forecast = None if request.task.is_classification else _numbers(target, scan.rows, request, log)
    numeric = channels if forecast is None else (forecast, *channels)
    plan = SeriesPlan(
        columns=columns,
        steps=int(lengths.sum()),
        target=forecast,
        channels=channels,
        classes=classes_of(target, request, log) if request.task.is_classification else (),
        dropped=tuple(column for column in concluded if isinstance(column, Dropped)),
        time_form=_time_form(scan.columns[columns.time], scan.rows),
        has_faults=target.missing > 0
        or (forecast is not None and target.blank > 0)
        or any(not scan.columns[column.name].is_clean() for column in numeric),
        scans=scan.columns,
        keys=keys,
        names=names,
        order=order,
        lengths=lengths,
    )
    _check_plan(plan, request, log)
    return plan


def _time_form(column: ColumnScan, rows: int) -> NumberForm:
    if column.holds_plain_numbers(rows):
        return "number"
    column.is_ambiguous = column.has_rival
    return column.time_form


def _scanned(request: CompileRequest, columns: SeriesColumns, log: ProblemLog) -> tuple[TableScan, Keys, Counts]:
    """All columns, the series by number, and how many steps each has. Reads again what turns out to need more care."""
    as_text = frozenset({columns.target} if request.task.is_classification else ())
    reading: Reading | None = Reading(as_text=as_text, targets=(columns.target,), limits=request.limits)
    unused = [name for name in columns.named if name != columns.target]
    while reading is not None:
        scan, keys = TableScan(request, reading), Keys()
        counts = np.zeros(0, dtype=np.int64)
        for batch in batches_of(request, log):
            scan.add(reading.read(batch))
            codes = series_codes(batch, columns, keys)
            if len(keys) > request.limits.groups:
                message = f"There are more than {request.limits.groups:,} series. Is {columns.series!r} their column?"
                log.reject(ProblemCode.TOO_MANY_GROUPS, message, file=request.filename, column=columns.series)
            counts = np.pad(counts, (0, len(keys) - len(counts))) + np.bincount(codes[codes >= 0], minlength=len(keys))
        log.raise_if_any()
        reading = scan.revised(reading, unused=unused)
    return scan, keys, counts


def series_codes(batch: TableBatch, columns: SeriesColumns, keys: Keys) -> Counts:
    """Which series each row belongs to, as ``keys`` numbers them, -1 where it does not say."""
    if columns.series is None:
        return np.full(batch.rows, keys.code(""), dtype=np.int64)
    cells = Cells.of(column_of(batch, columns.series))
    return np.full(batch.rows, -1, dtype=np.int64) if cells is None else keys.codes(cells)


def _check_options(columns: SeriesColumns, scan: TableScan, request: CompileRequest, log: ProblemLog) -> None:
    """Raises ``Rejected`` for the columns that say when, of which series and of which part a row is."""
    _check_option(columns.time, ProblemCode.TIME_UNREADABLE, "No row says when it was.", scan, request, log)
    if columns.series is not None:
        message = "No row says which series it belongs to. Name another column, or none if all rows are one series."
        _check_option(columns.series, ProblemCode.SERIES_MISSING, message, scan, request, log)
    if columns.split is not None:
        _check_option(columns.split, ProblemCode.SPLIT_UNREADABLE, SAYINGS["split"][1], scan, request, log)


def _check_option(
    name: str, empty: ProblemCode, message: str, scan: TableScan, request: CompileRequest, log: ProblemLog
) -> None:
    """Raises ``Rejected`` unless the table has such a column of single values; as ``empty`` where it holds none."""
    if name not in scan.columns:
        log.reject(
            ProblemCode.COLUMN_UNKNOWN,
            no_such_column(name, list(scan.columns)),
            file=request.filename,
            column=name,
        )
    unsupported = scan.columns[name].unsupported
    if unsupported is not None:
        log.reject(
            ProblemCode.COLUMN_UNSUPPORTED,
            f"The column holds {unsupported.text}, first here. Choose one of numbers or text.",
            file=request.filename,
            row=unsupported.row + 1,
            column=name,
        )
    if scan.columns[name].missing == scan.rows:
        log.reject(empty, f"The column {name!r} is empty. {message}", file=request.filename, column=name)


def _numbers(target: ColumnScan, rows: int, request: CompileRequest, log: ProblemLog) -> NumericColumn:
    if not target.is_numeric(rows):
        message = "Most values of the target are no numbers, and only numbers can be forecast"
        message += f"{target.strange_cell(rows)}. Choose another column."
        log.reject(ProblemCode.TARGET_NOT_NUMERIC, message, file=request.filename, column=target.name)
    return target.as_numeric()


def _as_channel(column: NumericColumn | CategoricalColumn | Dropped) -> NumericColumn | Dropped:
    if isinstance(column, CategoricalColumn):
        return Dropped(
            column.name, WarningCode.NOT_A_CHANNEL, "holds categories, and the steps of a series are numbers"
        )
    return column


def _check_plan(plan: SeriesPlan, request: CompileRequest, log: ProblemLog) -> None:
    limits = request.limits
    size = plan.steps * 8 * (len(plan.numeric) + 1) + 16 * len(plan.names)
    if size > limits.compiled_size:
        message = f"The arrays would take {size:,} bytes; {limits.compiled_size:,} are allowed. Use fewer rows."
        log.reject(ProblemCode.DATASET_TOO_LARGE, message, file=request.filename)
    if plan.target is None:
        _check_sequences(plan, request, log)
    for rank in np.flatnonzero(plan.lengths < limits.least_steps) if plan.target else ():
        message = (
            f"Series {plan.names[rank]!r} has {plan.lengths[rank]} of the {limits.least_steps} rows it needs to be"
            " forecast. Add rows or leave it out."
        )
        log.add(ProblemCode.SERIES_TOO_SHORT, message, file=request.filename, column=plan.columns.series)
    log.raise_if_any()


def _check_sequences(plan: SeriesPlan, request: CompileRequest, log: ProblemLog) -> None:
    if not plan.channels:
        message = "No column of numbers is left that could be a channel of the series. Add one."
        log.add(ProblemCode.NO_FEATURES, message, file=request.filename)
    if len(plan.names) < request.limits.least_rows:
        message = f"The table has {len(plan.names)} series; at least {request.limits.least_rows} are needed. Add more."
        log.add(ProblemCode.TOO_FEW_ROWS, message, file=request.filename, column=plan.columns.series)
