"""Texts from a table: one column of texts, one of classes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.compiler.batches import Batch
from trainyard_engine.compiler.cells import Cells
from trainyard_engine.compiler.checked_batch import CheckedBatch
from trainyard_engine.compiler.classes import check_classes
from trainyard_engine.compiler.columns import ColumnScan
from trainyard_engine.compiler.limits import Limits
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog
from trainyard_engine.compiler.request import CompileRequest
from trainyard_engine.compiler.table_scan import batches_of, check_rows, classes_of, found_target, no_such_column
from trainyard_engine.compiler.text_output import TextFacts, TextFiles, check_size, clipped, described
from trainyard_spec.datasets import CompiledDataset, Problem
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


@dataclass(frozen=True, slots=True)
class TextCells:
    """One batch's texts as they are stored, without nulls; ``missing`` is bool (rows,): nothing but white space."""

    values: pa.LargeStringArray
    missing: npt.NDArray[np.bool_]
    truncated: int

    @property
    def characters(self) -> npt.NDArray[np.int64]:
        lengths: npt.NDArray[np.int64] = pc.utf8_length(self.values).to_numpy(zero_copy_only=False)
        return lengths

    def packed(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """The UTF-8 of all rows one after the other, and where each begins and the last ends, int64 (rows + 1,)."""
        _, places, content = self.values.buffers()
        first, count = self.values.offset, len(self.values)
        offsets = np.frombuffer(places, dtype=np.int64)[first : first + count + 1]
        data = np.frombuffer(content or b"", dtype=np.uint8)[offsets[0] : offsets[-1]]
        return data, offsets - offsets[0]

    @classmethod
    def of(cls, values: pa.Array, limits: Limits) -> "TextCells | None":
        """Reads a column of texts; ``None`` for one of anything else."""
        kind = values.type
        if pa.types.is_dictionary(kind):
            return cls.of(values.dictionary_decode(), limits)
        if not any(is_text(kind) for is_text in TEXT_TYPES):
            return None
        texts = pc.fill_null(values.cast(pa.large_string()), "")
        too_long = pc.greater(pc.binary_length(texts), limits.text_size)
        truncated = pc.sum(too_long).as_py() or 0
        if truncated:
            cut = [clipped(text.encode(), limits).decode() for text in texts.filter(too_long).to_pylist()]
            texts = pc.replace_with_mask(texts, too_long, pa.array(cut, pa.large_string()))
        missing = pc.or_(pc.utf8_is_space(texts), pc.equal(texts, ""))
        return cls(values=texts, missing=missing.to_numpy(zero_copy_only=False), truncated=truncated)


TEXT_TYPES = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)


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
            target.update(Cells.of(_column(batch, columns.target)))
        cells = _texts(batch, columns.text, request, log)
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
    with TextFiles(directory, rows=plan.facts.rows, size=plan.facts.size) as files:
        for batch in batches_of(request, log):
            cells = _texts(batch, plan.columns.text, request, log)
            _report_missing(cells, plan.columns.text, rows_before=row, filename=request.filename, log=log)
            content, offsets = cells.packed()
            files.text.write(end, content)
            files.offsets.write(row, end + offsets)
            checked = CheckedBatch(batch, rows_before=row, filename=request.filename, log=log)
            indices = checked.target_classes(plan.columns.target, plan.classes)
            files.target.write(row, indices)
            counts += np.bincount(indices[indices >= 0], minlength=len(plan.classes))
            row += batch.rows
            end += len(content)
        check_classes(
            plan.classes, counts.tolist(), things="rows", column=plan.columns.target, log=log, limits=request.limits
        )
        log.raise_if_any()
        return counts.tolist(), files.finish()


def _texts(batch: Batch, name: str, request: CompileRequest, log: ProblemLog) -> TextCells:
    cells = TextCells.of(_column(batch, name), request.limits)
    if cells is None:
        message = "The column holds numbers, lists, objects or binary data. Choose a column of texts."
        log.reject(ProblemCode.TEXT_UNSUPPORTED, message, file=request.filename, column=name)
    return cells


def _column(batch: Batch, name: str) -> pa.Array:
    values = batch.columns.get(name)
    return pa.nulls(batch.rows) if values is None else values


def _report_missing(cells: TextCells, column: str, *, rows_before: int, filename: str, log: ProblemLog) -> None:
    message = "The row holds no text. Fill it in or leave the row out."
    log.extend(
        int(np.count_nonzero(cells.missing)),
        (
            Problem(
                code=ProblemCode.TEXT_MISSING,
                message=message,
                file=filename,
                row=rows_before + int(at) + 1,
                column=column,
            )
            for at in np.flatnonzero(cells.missing)
        ),
    )
