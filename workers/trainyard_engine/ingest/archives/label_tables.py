"""The table in an archive that says what is to be predicted of its files: ``labels.csv``, or in another form."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.archives.class_folders import common_top
from trainyard_engine.ingest.archives.file_targets import FileTargets
from trainyard_engine.ingest.archives.found_tables import LabelTables, Table
from trainyard_engine.ingest.archives.joined_tables import joined, written_out
from trainyard_engine.ingest.archives.label_rows import Matching, Rows, rows_of_files
from trainyard_engine.ingest.archives.unlabelled_files import note_unlabelled
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
from trainyard_engine.ingest.tables.split_columns import Values, report_unreadable
from trainyard_engine.modalities.tabular.checks import CheckedBatch
from trainyard_engine.modalities.tabular.column_notes import note_columns
from trainyard_engine.modalities.tabular.scan import scan_targets
from trainyard_engine.modalities.tabular.spool import Spool
from trainyard_engine.modalities.tabular.targets import LabelTarget, Target
from trainyard_spec.compile_options import CompileOptions

NO_MEDIA = {"image_size": None, "sample_rate": None, "max_seconds": None}
Placing = Callable[[CompileRequest, Mapping[str, str], Sequence[str]], tuple[Rows, Matching]]
"""From a table, the columns of it that files are split by, by option, and all of them to its rows, and what finds the
place among them of each file that has one."""


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

    place = partial(rows_of_files, names=names, thing=thing, log=log)
    chosen = tables.chosen(request, log, fits=has_targets)
    if len(chosen) == 1:
        with written_out(chosen[0], within, directory) as opened:
            return read_targets(names, place, within=opened, thing=thing, request=request, directory=directory, log=log)
    with joined(chosen, within, directory, log) as (opened, column):
        return read_targets(
            names, place, within=opened, parts=column, thing=thing, request=request, directory=directory, log=log
        )


def _columns(table: CompileRequest) -> set[str]:
    """Columns of a table's first rows; none if it cannot be read."""
    try:
        first = next(batches_of(table, ProblemLog(listed=1)), None)
    except Rejected:
        return set()
    return set(first.columns) if first else set()


def read_targets(
    names: Sequence[str],
    place: Placing,
    *,
    within: CompileRequest,
    parts: str | None = None,
    thing: str,
    request: CompileRequest,
    directory: Path,
    log: ProblemLog,
) -> FileTargets:
    """What the table of ``within`` says of the files ``names``; its column ``parts``, if there is one, of their split.

    Raises ``Rejected`` when ``log`` holds problems.
    """
    if parts is None or request.options.split not in (None, FOLDERS):
        return _read(names, place, within=within, thing=thing, request=request, directory=directory, log=log)
    by_part = replace(request, options=request.options.model_copy(update={"split": parts}))
    found = _read(names, place, within=within, thing=thing, request=by_part, directory=directory, log=log)
    # The tables say the parts of themselves.
    return replace(found, split_by=found.split_by | {"split": FOLDERS})


def _read(
    names: Sequence[str],
    place: Placing,
    *,
    within: CompileRequest,
    thing: str,
    request: CompileRequest,
    directory: Path,
    log: ProblemLog,
) -> FileTargets:
    with Spool(directory) as spool:
        scan, target, _ = scan_targets(within, spool, log)
        rows, matched = place(within, columns_of_files(request), [*scan.columns])
        if target.has_faults:
            _add_faults(within, target, log)
        places = matched()
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
