"""Compiles a table into ``numeric.npy``, ``categorical.npy`` and ``target.npy``."""

from pathlib import Path

import numpy as np

from trainyard_engine.compiler.checked_batch import CheckedBatch
from trainyard_engine.compiler.classes import check_classes
from trainyard_engine.compiler.output import NpyFile
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog
from trainyard_engine.compiler.request import CompileRequest
from trainyard_engine.compiler.table_scan import TablePlan, batches_of, plan_table
from trainyard_spec.datasets import CompiledDataset, TableProfile
from trainyard_spec.files import FileEntry


def compile_table(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Writes the arrays into ``directory``. Raises ``Rejected`` when ``log`` holds problems."""
    plan = plan_table(request, _target_name(request, log), log)
    counts, files = _write_arrays(request, plan, directory, log)
    for column in plan.dropped:
        log.note(column.code, f"Column {column.name!r} {column.reason}; it was left out.", column=column.name)
    return CompiledDataset(
        task=request.task,
        rows=plan.rows,
        classes=plan.classes,
        class_counts=counts,
        profile=TableProfile(
            target=plan.target, columns=plan.columns, dropped=tuple(column.name for column in plan.dropped)
        ),
        files=files,
        warnings=tuple(log.warnings),
    )


def _target_name(request: CompileRequest, log: ProblemLog) -> str:
    if request.options.target is None:
        message = "Choose the column to predict: the option target is missing."
        log.reject(ProblemCode.TARGET_REQUIRED, message, file=request.filename)
    return request.options.target


def _write_arrays(
    request: CompileRequest, plan: TablePlan, directory: Path, log: ProblemLog
) -> tuple[tuple[int, ...], tuple[FileEntry, ...]]:
    """The second pass. Returns the number of rows in each class, and the files."""
    classes = len(plan.classes)
    counts = np.zeros(classes, dtype=np.int64)
    target_dtype = np.int64 if classes else np.float32
    with (
        NpyFile(directory / "numeric.npy", dtype=np.float32, shape=(plan.rows, len(plan.numeric))) as numeric,
        NpyFile(directory / "categorical.npy", dtype=np.int32, shape=(plan.rows, len(plan.categorical))) as categorical,
        NpyFile(directory / "target.npy", dtype=target_dtype, shape=(plan.rows,)) as target,
    ):
        row = 0
        for batch in batches_of(request, log):
            checked = CheckedBatch(batch, rows_before=row, filename=request.filename, log=log)
            numeric.write(row, checked.numbers(plan.numeric))
            categorical.write(row, checked.categories(plan.categorical))
            if classes:
                indices = checked.target_classes(plan.target, plan.classes)
                counts += np.bincount(indices[indices >= 0], minlength=classes)
                target.write(row, indices)
            else:
                target.write(row, checked.target_numbers(plan.target))
            row += batch.rows
        check_classes(plan.classes, counts.tolist(), things="rows", column=plan.target, log=log, limits=request.limits)
        log.raise_if_any()
        return tuple(counts.tolist()), (numeric.finish(), categorical.finish(), target.finish())
