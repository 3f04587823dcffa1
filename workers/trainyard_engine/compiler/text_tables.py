"""Texts from a table: one column of texts, one of classes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trainyard_engine.compiler.cells import Cells
from trainyard_engine.compiler.checked_batch import CheckedBatch
from trainyard_engine.compiler.classes import check_classes
from trainyard_engine.compiler.columns import ColumnScan
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog
from trainyard_engine.compiler.request import CompileRequest
from trainyard_engine.compiler.table_scan import batches_of, check_rows, classes_of, found_target, no_such_column
from trainyard_engine.compiler.text_cells import column_of, report_missing, texts_of
from trainyard_engine.compiler.text_output import TextFacts, TextFiles, check_size, described, target_file
from trainyard_spec.datasets import CompiledDataset
from trainyard_spec.files import FileEntry


@dataclass(frozen=True, slots=True)
class Columns:
    """The two columns that were chosen, by name."""

    text: str
    target: str


@dataclass(frozen=True, slots=True)
class TextPlan:
    """What the second pass writes."""

    columns: Columns
    facts: TextFacts
    classes: tuple[str, ...]


def compile_text_table(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Rows are in the table's order. Raises ``Rejected`` when ``log`` holds problems."""
    plan = _plan(request, _chosen_columns(request, log), log)
    check_size(plan.facts, request, log)
    counts, files = _write(request, plan, directory, log)
    profile = plan.facts.profile(text=plan.columns.text, target=plan.columns.target)
    return described(request, profile, plan.classes, counts, files, log)


def _chosen_columns(request: CompileRequest, log: ProblemLog) -> Columns:
    text, target = request.options.text, request.options.target
    if text is None:
        message = "Choose the column of texts: the option text is missing."
        log.add(ProblemCode.TEXT_REQUIRED, message, file=request.filename)
    if target is None:
        message = "Choose the column to predict: the option target is missing."
        log.add(ProblemCode.TARGET_REQUIRED, message, file=request.filename)
    log.raise_if_any()
    if text == target:
        message = "The texts and the classes must be different columns."
        log.reject(ProblemCode.TEXT_UNSUPPORTED, message, file=request.filename, column=text)
    return Columns(text=text or "", target=target or "")


def _plan(request: CompileRequest, columns: Columns, log: ProblemLog) -> TextPlan:
    """The first pass. Raises ``Rejected`` when the table cannot become a dataset with these columns."""
    names: dict[str, None] = {}
    facts = TextFacts()
    target: ColumnScan | None = None
    for batch in batches_of(request, log):
        names.update(dict.fromkeys(batch.columns))
        if target is None and columns.target in names:
            target = ColumnScan(
                columns.target, rows_before=facts.rows, most_distinct=request.limits.classes, limits=request.limits
            )
        if target is not None:
            target.update(Cells.of(column_of(batch, columns.target)))
        cells = texts_of(batch, columns.text, request, log)
        facts.add(cells.characters, size=cells.packed()[0].size, truncated=cells.truncated)
    log.raise_if_any()
    check_rows(facts.rows, request, log)
    if columns.text not in names:
        message = no_such_column(columns.text, list(names))
        log.reject(ProblemCode.TEXT_UNKNOWN, message, file=request.filename, column=columns.text)
    found = found_target(target, columns.target, list(names), request, log)
    return TextPlan(columns=columns, facts=facts, classes=classes_of(found, request, log))


def _write(
    request: CompileRequest, plan: TextPlan, directory: Path, log: ProblemLog
) -> tuple[list[int], tuple[FileEntry, ...]]:
    """The second pass. Returns the number of rows in each class, and the files."""
    counts = np.zeros(len(plan.classes), dtype=np.int64)
    row = end = 0
    rows = plan.facts.rows
    with TextFiles(directory, rows=rows, size=plan.facts.size) as files, target_file(directory, rows=rows) as target:
        for batch in batches_of(request, log):
            cells = texts_of(batch, plan.columns.text, request, log)
            report_missing(cells, plan.columns.text, rows_before=row, filename=request.filename, log=log)
            content, offsets = cells.packed()
            files.text.write(end, content)
            files.offsets.write(row, end + offsets)
            checked = CheckedBatch(batch, rows_before=row, filename=request.filename, log=log)
            indices = checked.target_classes(plan.columns.target, plan.classes)
            target.write(row, indices)
            counts += np.bincount(indices[indices >= 0], minlength=len(plan.classes))
            row += batch.rows
            end += len(content)
        check_classes(
            plan.classes, counts.tolist(), things="rows", column=plan.columns.target, log=log, limits=request.limits
        )
        log.raise_if_any()
        return counts.tolist(), (*files.finish(), target.finish())
