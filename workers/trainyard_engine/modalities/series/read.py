"""Compiles series, one step a row, into ``values.npy``, ``values_offsets.npy`` and, for classes, ``target.npy``.

Into the names of the series too, where they have any.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.ingest.cells.canonical_cells import Cells
from trainyard_engine.ingest.cells.times import dates_in, numbers_in
from trainyard_engine.ingest.classes import check_classes
from trainyard_engine.ingest.output import NpyFile
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import SPLIT_FILE, write_parts
from trainyard_engine.ingest.tables.any_table import batches_of
from trainyard_engine.ingest.tables.batches import column_of
from trainyard_engine.ingest.tables.split_columns import SAYINGS, parts_in
from trainyard_engine.modalities.series.scan import SeriesColumns, SeriesPlan, plan_series, series_codes
from trainyard_engine.modalities.series.spool import Records, SeriesSpool
from trainyard_engine.modalities.tabular.checks import CheckedBatch
from trainyard_engine.modalities.tabular.column_notes import note_columns
from trainyard_engine.modalities.tabular.column_values import LARGEST_FLOAT
from trainyard_engine.modalities.text.output import write_names
from trainyard_spec.datasets import PARTS, CompiledDataset, NumberForm, Problem, SeriesProfile
from trainyard_spec.files import FileEntry

Ints = npt.NDArray[np.int64]

CLASS = (
    ProblemCode.TARGET_NOT_CONSTANT,
    "The row has another class than an earlier row of its series. A series has one class.",
)
PART = (
    ProblemCode.SPLIT_NOT_CONSTANT,
    "The row is of another part than an earlier row of its series. A series is in one part.",
)
ORDER = (
    ProblemCode.SPLIT_OUT_OF_ORDER,
    "An earlier row of the series is of a later part. In each series train comes before val, and val before test.",
)
UNEVEN = 1.5
"""Longest distance between two steps, in shortest ones, that still counts as even: months differ less, days more."""


@dataclass(frozen=True, slots=True)
class Constant:
    """What is the same in all rows of a series: its class and its part, int64 (series,), -1 where not met yet."""

    target: Ints
    parts: Ints

    @classmethod
    def of(cls, plan: SeriesPlan) -> "Constant":
        return cls(*(np.full(len(plan.names), -1, dtype=np.int64) for _ in range(2)))


def compile_series(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Rows of the dataset are series, in the order of their names. Raises ``Rejected`` when ``log`` holds problems."""
    plan = plan_series(request, _chosen_columns(request, log), log)
    constant = Constant.of(plan)
    with SeriesSpool(directory, offsets=plan.offsets, channels=len(plan.numeric)) as spool:
        _fill(spool, constant, request, plan, log)
        counts = np.bincount(constant.target[constant.target >= 0], minlength=len(plan.classes))
        if plan.classes:
            check_classes(
                plan.classes,
                counts.tolist(),
                things="series",
                column=plan.columns.target,
                log=log,
                limits=request.limits,
            )
        log.raise_if_any()
        files = _write(spool, request, plan, directory, log)
    if plan.columns.series is not None:
        files = (*files, *write_names(directory, "name", plan.names))
    if plan.classes:
        files = (*files, _write_target(constant.target, directory))
    if plan.columns.split is not None and plan.classes:
        files = (*files, write_parts(constant.parts, directory))
    times = [plan.scans[plan.columns.time].as_numeric()] if plan.has_dates else []
    note_columns((*plan.numeric, *times), plan.dropped, plan.scans, plan.steps, log)
    return CompiledDataset(
        task=request.task,
        rows=len(plan.names),
        classes=plan.classes,
        class_counts=tuple(counts.tolist()) if plan.classes else (),
        profile=_profile(plan),
        entries=dict.fromkeys(("row", *(("split_split",) if plan.has_parts_of_steps else ())), plan.steps),
        files=files,
        warnings=tuple(log.warnings),
    )


def _chosen_columns(request: CompileRequest, log: ProblemLog) -> SeriesColumns:
    options = request.options
    if options.target is None:
        message = "Choose the column to predict: the option target is missing."
        log.add(ProblemCode.TARGET_REQUIRED, message, file=request.filename)
    for name in sorted(request.task.traits.needs - {"target"}):
        if getattr(options, name) is None:
            message = f"Series need the option {name}, and it is missing."
            log.add(ProblemCode.OPTION_REQUIRED, message, file=request.filename)
    log.raise_if_any()
    columns = SeriesColumns(
        target=options.target or "", time=options.time or "", series=options.series, split=options.split
    )
    if len(set(columns.named)) < len(columns.named):
        message = "The options target, time, series and split must name different columns."
        log.reject(ProblemCode.COLUMN_REUSED, message, file=request.filename)
    return columns


def _profile(plan: SeriesPlan) -> SeriesProfile:
    return SeriesProfile(
        target=plan.columns.target,
        time=plan.columns.time,
        time_form=plan.time_form,
        series=plan.columns.series,
        channels=plan.numeric,
        dropped=tuple(column.name for column in plan.dropped),
        steps=plan.steps,
        shortest=int(plan.lengths.min()),
        longest=int(plan.lengths.max()),
        split_by={"split": plan.columns.split} if plan.columns.split else {},
    )


def _fill(spool: SeriesSpool, constant: Constant, request: CompileRequest, plan: SeriesPlan, log: ProblemLog) -> None:
    """The second pass: every step goes to its series, and ``constant`` gets what each series has one of."""
    columns = plan.columns
    before = 0
    for batch in batches_of(request, log):
        rows = batch.numbered(before)
        codes = series_codes(batch, columns, plan.keys)
        stated = column_of(batch, columns.time)
        times = dates_in(stated, plan.time_form) if plan.has_dates else numbers_in(stated)
        _check(CheckedBatch(batch, rows_before=before, filename=request.filename, log=log), times, plan)
        belongs = codes >= 0
        series = plan.order[codes[belongs]]
        values = np.column_stack([_numbers(column_of(batch, column.name), column.form) for column in plan.numeric])
        if plan.classes:
            classes = _indices(column_of(batch, columns.target), plan.classes)[belongs]
            _note(constant.target, series, classes, rows[belongs], CLASS, columns.target, request, log)
        places = np.full(len(series), -1, dtype=np.int64)
        if columns.split is not None:
            parts = parts_in(column_of(batch, columns.split))
            _report(*SAYINGS["split"], rows[np.isnan(parts)], columns.split, request, log)
            places = np.nan_to_num(parts, nan=-1).astype(np.int64)[belongs]
        if columns.split is not None and plan.classes:
            _note(constant.parts, series, places, rows[belongs], PART, columns.split, request, log)
        spool.add(series, times[belongs], rows[belongs], values[belongs], places)
        before += batch.rows


def _check(checked: CheckedBatch, times: npt.NDArray[np.float64], plan: SeriesPlan) -> None:
    columns = plan.columns
    if np.isnan(times).any():
        checked.check_times(columns.time, times, are_dates=plan.has_dates)
    if columns.series is not None:
        checked.check_present(columns.series, ProblemCode.SERIES_MISSING, "does not say which series it belongs to.")
    if not plan.has_faults:
        return
    checked.check_numbers(plan.channels)
    if plan.target is None:
        checked.check_target_present(columns.target)
    else:
        checked.check_target_numbers(columns.target, plan.target.form)


def _numbers(values: pa.Array, form: NumberForm) -> npt.NDArray[np.float64]:
    """float64 (rows,), NaN where a cell is missing, no number, or too large: then the table is rejected."""
    cells = Cells.of(values)
    numbers = np.full(len(values), np.nan) if cells is None else cells.read(form)
    return np.where(np.abs(numbers) > LARGEST_FLOAT, np.nan, numbers)


def _indices(values: pa.Array, classes: Sequence[str]) -> Ints:
    """int64 (rows,): the place of each cell's text in ``classes``, -1 where missing."""
    cells = Cells.of(values)
    if cells is None:
        return np.full(len(values), -1, dtype=np.int64)
    found = pc.index_in(cells.text(), value_set=pa.array(classes, pa.string()))
    indices: Ints = pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return indices


def _note(
    known: Ints,
    series: Ints,
    found: Ints,
    rows: Ints,
    differs: tuple[ProblemCode, str],
    column: str,
    request: CompileRequest,
    log: ProblemLog,
) -> None:
    """Gives each series in ``known`` what is ``found`` in its first row; another one in a later row is a problem."""
    met, first = np.unique(series, return_index=True)
    known[met] = np.where(known[met] < 0, found[first], known[met])
    wrong = (found >= 0) & (known[series] >= 0) & (found != known[series])
    _report(*differs, rows[wrong], column, request, log)


def _write(
    spool: SeriesSpool, request: CompileRequest, plan: SeriesPlan, directory: Path, log: ProblemLog
) -> tuple[FileEntry, ...]:
    """The steps. Raises ``Rejected`` when a series has two at one time, or parts that are not in the order of time."""
    nearest, farthest = np.inf, 0.0
    with ExitStack() as stack:

        def opened(name: str, dtype: type[np.generic], *shape: int) -> NpyFile:
            return stack.enter_context(NpyFile(directory / name, dtype=dtype, shape=shape))

        values = opened("values.npy", np.float64, plan.steps, len(plan.numeric))
        offsets = opened("values_offsets.npy", np.int64, len(plan.names) + 1)
        numbers = opened("row.npy", np.int64, plan.steps)
        parts = opened(SPLIT_FILE, np.float64, plan.steps) if plan.has_parts_of_steps else None
        offsets.write(0, plan.offsets)
        message = (
            "An earlier row of the series has the same time. Leave one of them out, or average them; a date and its"
        )
        message += " time of day stand in one column."
        if plan.columns.series is None:
            message = "An earlier row has the same time. If these are several series, name their column: option series."
            message += " If a date and its time of day are two columns, make them one."
        for start, series, records in spool.in_order():
            values.write(start, records["values"])
            numbers.write(start, records["row"])
            if parts is not None:
                parts.write(start, records["part"].astype(np.float64))
                _check_order(series, records, plan.columns.split, request, log)
            distances = np.diff(records["time"])[np.diff(series) == 0]
            nearest = min(nearest, distances.min(initial=np.inf))
            farthest = max(farthest, distances.max(initial=0.0))
            again = (np.diff(records["time"], prepend=np.nan) == 0) & (np.diff(series, prepend=-1) == 0)
            _report(ProblemCode.TIME_DUPLICATE, message, records["row"][again], plan.columns.time, request, log)
        log.raise_if_any()
        if plan.target is not None and farthest > UNEVEN * nearest:
            message = "Rows are not equally far apart in time. A forecast counts rows: fill gaps in to keep its rhythm."
            log.note(WarningCode.UNEVEN_STEPS, message, file=request.filename, column=plan.columns.time)
        return tuple(file.finish() for file in (values, offsets, numbers, parts) if file is not None)


def _check_order(series: Ints, records: Records, column: str | None, request: CompileRequest, log: ProblemLog) -> None:
    """Adds a problem for each step that is of an earlier part than one before it in its series."""
    ranks = series * len(PARTS) + records["part"]
    _report(*ORDER, records["row"][ranks < np.maximum.accumulate(ranks)], column, request, log)


def _write_target(target: Ints, directory: Path) -> FileEntry:
    with NpyFile(directory / "target.npy", dtype=np.int64, shape=target.shape) as file:
        file.write(0, target)
        return file.finish()


def _report(
    code: ProblemCode, message: str, rows: Ints, column: str | None, request: CompileRequest, log: ProblemLog
) -> None:
    log.extend(
        len(rows),
        (Problem(code=code, message=message, file=request.filename, row=int(row), column=column) for row in rows),
    )
