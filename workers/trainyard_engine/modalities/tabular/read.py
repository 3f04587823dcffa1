"""Compiles a table into ``numeric.npy``, ``categorical.npy`` and ``target.npy``."""

from pathlib import Path
from typing import NoReturn

import numpy as np

from trainyard_engine.ingest.output import NpyFile, write_kept
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import split_columns
from trainyard_engine.ingest.tables.any_table import batches_of
from trainyard_engine.ingest.tables.split_columns import write_split_columns
from trainyard_engine.modalities.tabular.checks import CheckedBatch
from trainyard_engine.modalities.tabular.column_notes import note_columns
from trainyard_engine.modalities.tabular.precision import MergeCheck
from trainyard_engine.modalities.tabular.scan import TablePlan, plan_table
from trainyard_engine.modalities.tabular.spool import Spool
from trainyard_engine.modalities.tabular.targets import LabelTarget
from trainyard_spec.datasets import CompiledDataset, TableProfile
from trainyard_spec.files import FileEntry


def compile_table(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Writes the arrays into ``directory``. Raises ``Rejected`` when ``log`` holds problems."""
    if not request.options.to_predict:
        message = "Choose the column to predict: the option target is missing."
        log.reject(ProblemCode.TARGET_REQUIRED, message, file=request.filename)
    with Spool(directory) as spool:
        plan = plan_table(request, spool, log, no_features=split_columns(request).values())
        if plan.has_faults:
            _reject_faults(request, plan, spool, log)
        counts, files = _write_arrays(request, plan, spool, directory, log)
    files += write_split_columns(request, plan.rows, directory, log)
    files += write_kept(plan.kept, directory)
    targets = () if plan.target.classes else request.options.to_predict
    numbers_to_predict = (plan.scans[name].as_numeric() for name in targets)
    note_columns((*plan.columns, *numbers_to_predict), plan.dropped, plan.scans, plan.rows, log)
    return CompiledDataset(
        task=request.task,
        rows=plan.rows,
        classes=plan.target.classes,
        class_counts=counts,
        profile=TableProfile(
            target=request.options.to_predict[0],
            targets=request.options.targets or (),
            multi_label=isinstance(plan.target, LabelTarget),
            columns=plan.columns,
            dropped=tuple(column.name for column in plan.dropped),
            split_by=split_columns(request),
        ),
        files=files,
        warnings=tuple(log.warnings),
    )


def _write_arrays(
    request: CompileRequest, plan: TablePlan, spool: Spool, directory: Path, log: ProblemLog
) -> tuple[tuple[int, ...], tuple[FileEntry, ...]]:
    """Writes what ``spool`` holds. Returns the number of rows in each class, and the files."""
    numeric_names = [column.name for column in plan.numeric]
    category_names = [column.name for column in plan.categorical]
    categories = [plan.scans[column.name].places_in(column.categories) for column in plan.categorical]
    counts = np.zeros(len(plan.target.classes), dtype=np.int64)
    merged = MergeCheck(plan.numeric)
    with (
        NpyFile(directory / "numeric.npy", dtype=np.float64, shape=(plan.rows, len(numeric_names))) as numeric,
        NpyFile(directory / "categorical.npy", dtype=np.int32, shape=(plan.rows, len(categories))) as categorical,
        NpyFile(directory / "target.npy", dtype=plan.target.dtype, shape=(plan.rows, *plan.target.shape)) as target,
    ):
        row = 0
        for batch in spool.batches():
            numbers = batch.number_columns(numeric_names)
            merged.add(numbers)
            numeric.write(row, numbers)
            codes = batch.code_columns(category_names)
            indices = [places[codes[:, position]] for position, places in enumerate(categories)]
            categorical.write(row, np.stack(indices, axis=1) if indices else codes)
            values = plan.target.of(batch)
            counts += plan.target.counts(values)
            target.write(row, values)
            row += batch.rows
        plan.target.check_counts(counts.tolist(), plan.rows, log)
        log.raise_if_any()
        merged.note(log)
        return tuple(counts.tolist()), (numeric.finish(), categorical.finish(), target.finish())


def _reject_faults(request: CompileRequest, plan: TablePlan, spool: Spool, log: ProblemLog) -> NoReturn:
    """Reads the table again to add a problem for each cell that cannot be used. Raises ``Rejected``."""
    row = 0
    for batch in batches_of(request, log):
        checked = CheckedBatch(batch, rows_before=row, filename=request.filename, log=log)
        checked.check_numbers(plan.numeric)
        plan.target.check(checked)
        row += batch.rows
    counts = np.zeros(len(plan.target.classes), dtype=np.int64)
    for spooled in spool.batches():
        counts += plan.target.counts(plan.target.of(spooled))
    plan.target.check_counts(counts.tolist(), plan.rows, log)
    log.raise_if_any()
    raise RuntimeError(f"{request.source} changed while it was read")
