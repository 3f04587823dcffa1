"""The table in an archive that says what is to be predicted of its files: ``labels.csv``, or in another form."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from trainyard_engine.ingest.archives.class_folders import common_top
from trainyard_engine.ingest.archives.file_targets import FileTargets
from trainyard_engine.ingest.archives.found_tables import LabelTables, Table
from trainyard_engine.ingest.archives.joined_tables import joined, written_out
from trainyard_engine.ingest.archives.named_files import FILE_COLUMNS, NamedFiles
from trainyard_engine.ingest.archives.unlabelled_files import note_unlabelled
from trainyard_engine.ingest.cells.canonical_cells import Cells
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, Rejected
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import (
    FOLDERS,
    columns_of_files,
    held_back,
    placed,
    split_columns,
)
from trainyard_engine.ingest.tables.any_table import batches_of
from trainyard_engine.ingest.tables.batches import TableBatch, column_of
from trainyard_engine.ingest.tables.split_columns import Reader, Values, reader_of, report_unreadable
from trainyard_engine.ingest.tables.table_checks import no_such_column
from trainyard_engine.modalities.tabular.checks import CheckedBatch
from trainyard_engine.modalities.tabular.column_notes import note_columns
from trainyard_engine.modalities.tabular.scan import scan_targets
from trainyard_engine.modalities.tabular.spool import Spool
from trainyard_engine.modalities.tabular.targets import LabelTarget, Target
from trainyard_spec.compile_options import CompileOptions

ROWS_LOOKED_AT = 20
"""For a column that names files and is called otherwise."""
NO_MEDIA = {"image_size": None, "sample_rate": None, "max_seconds": None}


@dataclass(frozen=True, slots=True)
class Rows:
    """``written`` are the files' names as the rows have them, ``numbers`` the rows' places in the table, from 1, int64
    (rows,); ``splits`` hold, by option, what files are split by."""

    written: Sequence[str]
    numbers: npt.NDArray[np.int64]
    splits: Mapping[str, Values]


def targets_by_table(
    names: Sequence[str],
    tables: LabelTables,
    *,
    thing: str,
    request: CompileRequest,
    directory: Path,
    log: ProblemLog,
) -> FileTargets:
    """What the archive's table says of the files ``names``. Raises ``Rejected`` when ``log`` holds problems.

    ``thing`` is what a sentence calls such a file. ``directory`` takes what is needed meanwhile.
    """
    # What else the options name is of the archive.
    options = request.options.model_copy(update={"split": None, "time": None, "group": None, **NO_MEDIA})
    within = replace(request, options=options, class_names=tables.class_names)

    def has_targets(found: Table) -> bool:
        with written_out(found, within, directory) as opened:
            return set(options.to_predict) <= _columns(opened)

    chosen = tables.chosen(request, log, fits=has_targets)
    if len(chosen) == 1:
        with written_out(chosen[0], within, directory) as opened:
            return _read(names, thing=thing, request=request, within=opened, directory=directory, log=log)
    with joined(chosen, within, directory, log) as (opened, column):
        asked = request.options.split
        split = column if column is not None and asked in (None, FOLDERS) else asked
        by_part = replace(request, options=request.options.model_copy(update={"split": split}))
        found = _read(names, thing=thing, request=by_part, within=opened, directory=directory, log=log)
        # The tables say the parts of themselves.
        return replace(found, split_by=found.split_by | {"split": FOLDERS}) if split != asked else found


def _columns(table: CompileRequest) -> set[str]:
    """Columns of a table's first rows; none if it cannot be read."""
    try:
        first = next(batches_of(table, ProblemLog(listed=1)), None)
    except Rejected:
        return set()
    return set(first.columns) if first else set()


def _read(
    names: Sequence[str],
    *,
    thing: str,
    request: CompileRequest,
    within: CompileRequest,
    directory: Path,
    log: ProblemLog,
) -> FileTargets:
    by_columns = columns_of_files(request)
    with Spool(directory) as spool:
        scan, target, _ = scan_targets(within, spool, log)
        file_column = _file_column(list(scan.columns), by_columns, names, within, log)
        _check_columns(file_column, by_columns, list(scan.columns), within, log)
        rows = _rows(within, file_column, by_columns, log)
        if target.has_faults:
            _add_faults(within, target, log)
        places = _matched(rows, names, file_column, thing=thing, table=within.filename, log=log)
        log.raise_if_any()
        order = np.array([places[name] for name in names if name in places], dtype=np.int64)
        names = _labelled(names, places, within.filename, left_out=scan.left_out, thing=thing, log=log)
        values = np.concatenate([target.of(batch) for batch in spool.batches()])[order].astype(target.dtype)
    counts = tuple(target.counts(values).tolist())
    target.check_counts(counts, len(names), log)
    log.raise_if_any()
    numbers = () if target.classes else within.options.to_predict
    note_columns((scan.columns[name].as_numeric() for name in numbers), (), scan.columns, scan.rows, log)
    return FileTargets(
        names=names,
        classes=target.classes,
        counts=counts,
        values=values,
        splits=_splits(rows, order, names, request, within, log),
        split_by=split_columns(request),
        told_by=_told_by(within.options, is_multi_label=isinstance(target, LabelTarget)),
    )


def _told_by(options: CompileOptions, *, is_multi_label: bool) -> dict[str, Any]:
    return {"target": options.to_predict[0], "targets": options.targets or (), "multi_label": is_multi_label}


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


def _rows(within: CompileRequest, files: str, by_columns: Mapping[str, str], log: ProblemLog) -> Rows:
    """Raises ``Rejected`` when the column of files holds something else than names."""
    readers = {option: _reader(option, column, within, log) for option, column in by_columns.items()}
    written: list[str] = []
    numbers: list[npt.NDArray[np.int64]] = []
    found: dict[str, list[Values]] = {option: [] for option in by_columns}
    for batch in batches_of(within, log):
        numbers.append(batch.numbered(len(written)))
        written += _written(batch, files, within, log)
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


def _labelled(
    names: Sequence[str], rows: Collection[str], table: str, *, left_out: int, thing: str, log: ProblemLog
) -> list[str]:
    """The files among ``names`` that have one of ``rows``; ``left_out`` rows, without a target, are told of already.

    Raises ``Rejected`` when more than half have none.
    """
    found = [name for name in names if name in rows]
    if len(names) - len(found) > left_out:
        note_unlabelled(
            names,
            [name for name in names if name not in rows],
            things=f"{thing}s",
            lack=f"have no row in {table} that holds a target",
            hint="Add rows, or leave them out.",
            code=ProblemCode.LABELS_MISSING,
            log=log,
        )
    return found


def _add_faults(within: CompileRequest, target: Target, log: ProblemLog) -> None:
    """Reads the table again to add a problem for each cell that cannot be predicted."""
    row = 0
    for batch in batches_of(within, log):
        target.check(CheckedBatch(batch, rows_before=row, filename=within.filename, log=log))
        row += batch.rows


def _splits(
    rows: Rows,
    order: npt.NDArray[np.int64],
    names: Sequence[str],
    request: CompileRequest,
    within: CompileRequest,
    log: ProblemLog,
) -> dict[str, Values]:
    """By option, what each file is split by, float64 (files,), in the order of ``names``.

    Raises ``Rejected`` when ``log`` holds problems.
    """
    for option, column in columns_of_files(request).items():
        report_unreadable(rows.splits[option], option, column, within.filename, log, rows=rows.numbers)
    log.raise_if_any()
    splits = {option: values[order] for option, values in rows.splits.items()}
    if request.options.split == FOLDERS:
        found = placed(names, top=common_top(names), log=log).parts
        splits["split"] = np.array([found[name] for name in names], dtype=np.float64)
    if "split" in splits:
        splits["split"] = held_back(splits["split"], names, log)
    return splits
