"""Texts from a table: one column of texts, and one or several of classes, labels or numbers."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trainyard_engine.ingest.cells.canonical_cells import as_readable, kind_of
from trainyard_engine.ingest.output import NpyFile, write_kept
from trainyard_engine.ingest.parallel import mapped_by_threads
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, Rejected
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.split_folders import split_columns
from trainyard_engine.ingest.tables.any_table import batches_of
from trainyard_engine.ingest.tables.batches import TableBatch, column_of
from trainyard_engine.ingest.tables.split_columns import write_split_columns
from trainyard_engine.ingest.tables.table_checks import check_any_rows, check_rows, no_such_column
from trainyard_engine.modalities.tabular.batch_values import Labels, Stray
from trainyard_engine.modalities.tabular.checks import CheckedBatch
from trainyard_engine.modalities.tabular.column_notes import note_columns
from trainyard_engine.modalities.tabular.column_values import Reading, first_valid
from trainyard_engine.modalities.tabular.scan import found_target, kept_of, new_column, scan_targets
from trainyard_engine.modalities.tabular.spool import Spool, SpooledBatch
from trainyard_engine.modalities.tabular.targets import LabelTarget, Target, target_of
from trainyard_engine.modalities.text.cells import TextCells, reject_unsupported, report_missing
from trainyard_engine.modalities.text.output import TextFacts, TextFiles, check_size, described
from trainyard_spec.datasets import CompiledDataset
from trainyard_spec.files import FileEntry


@dataclass(frozen=True, slots=True)
class TextTableColumns:
    """Columns of a table of texts that were chosen, by name."""

    text: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextBatch:
    """One batch as it was read. ``texts`` is ``None`` if the column cannot be used, ``labels`` what a target holds and
    where first if it cannot."""

    raw: TableBatch
    texts: TextCells | None
    characters: npt.NDArray[np.int64]
    labels: dict[str, Labels | Stray]


def compile_text_table(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Rows are in the table's order. Raises ``Rejected`` when ``log`` holds problems."""
    columns = _chosen_columns(request, log)
    with TextFiles(directory) as files, Spool(directory) as spool:
        faults = ProblemLog(listed=request.limits.problems_listed)
        if not request.task.is_classification:  # whose numbers are read before its texts are
            _check_text_column(request, columns.text, log)
        numbers = None if request.task.is_classification else number_target(request, spool, log, faults)
        scan = TextScan(request, replace(columns, targets=()) if numbers else columns, files, spool)
        scan.read(log)
        kept = kept_of(scan.left_out, request, log)
        scan.check(log)
        target = numbers or scan.target(log)
        check_size(scan.facts, request, log)
        log.absorb(faults)
        log.absorb(scan.faults)
        counts, entry = write_target(target, scan.facts.rows, spool, directory)
        target.check_counts(counts, scan.facts.rows, log)
        log.raise_if_any()
        profile = scan.facts.profile(text=columns.text, target=columns.targets[0]).model_copy(
            update={
                "targets": request.options.targets or (),
                "multi_label": isinstance(target, LabelTarget),
                "split_by": split_columns(request),
            }
        )
        splits = write_split_columns(request, scan.facts.rows, directory, log)
        written = (*files.finish(), entry, *splits, *write_kept(kept, directory))
        return described(request, profile, scan.facts.rows, target.classes, counts, written, log)


def number_target(request: CompileRequest, spool: Spool, log: ProblemLog, faults: ProblemLog) -> Target:
    """What a regression is to tell, in a pass of its own: numbers are read as those of any table.

    Raises ``Rejected`` when the table has none; cells that cannot be used become ``faults``.
    """
    table, target, _ = scan_targets(request, spool, log)
    if target.has_faults:
        row = 0
        for batch in batches_of(request, log):
            target.check(CheckedBatch(batch, rows_before=row, filename=request.filename, log=faults))
            row += batch.rows
    columns = (table.columns[name].as_numeric() for name in request.options.to_predict)
    note_columns(columns, (), table.columns, table.rows, log)
    return target


def _chosen_columns(request: CompileRequest, log: ProblemLog) -> TextTableColumns:
    text, targets = request.options.text, request.options.to_predict
    if text is None:
        message = "Choose the column of texts: the option text is missing."
        log.add(ProblemCode.TEXT_REQUIRED, message, file=request.filename)
    if not targets:
        message = "Choose the column to predict: the option target is missing."
        log.add(ProblemCode.TARGET_REQUIRED, message, file=request.filename)
    log.raise_if_any()
    if text in targets:
        message = "The texts and what is to be predicted of them must be different columns."
        log.reject(ProblemCode.TEXT_UNSUPPORTED, message, file=request.filename, column=text)
    return TextTableColumns(text=text or "", targets=targets)


def _check_text_column(request: CompileRequest, text: str, log: ProblemLog) -> None:
    """Raises ``Rejected`` where the table has rows and none of its columns is called ``text``."""
    names: dict[str, None] = {}
    with suppress(Rejected):  # What else is wrong is told when the table is read.
        for batch in batches_of(request, ProblemLog(listed=1)):
            names.update(dict.fromkeys(batch.columns))
            if text in names:
                return
    if names:
        _reject_text(text, names, request, log)


def _reject_text(text: str, names: Collection[str], request: CompileRequest, log: ProblemLog) -> NoReturn:
    log.reject(ProblemCode.TEXT_UNKNOWN, no_such_column(text, [*names]), file=request.filename, column=text)


class TextScan:
    """The one pass over a table of texts: they go to ``files``, and their labels to ``spool``.

    ``faults`` are the cells that cannot be used; they matter only once the columns do.
    """

    def __init__(self, request: CompileRequest, columns: TextTableColumns, files: TextFiles, spool: Spool) -> None:
        limits = request.limits
        self.facts = TextFacts()
        self.left_out = 0
        self.faults = ProblemLog(listed=limits.problems_listed)
        self._request = request
        self._columns = columns
        self._files = files
        self._spool = spool
        self._names: dict[str, None] = {}
        self._reading = Reading(
            as_text=frozenset(columns.targets),
            targets=columns.targets,
            limits=limits,
            has_label_sets=request.options.label_separator is not None,
        )
        self._targets = {name: new_column(name, self._reading, rows_before=0) for name in columns.targets}

    def read(self, log: ProblemLog) -> None:
        """Raises ``Rejected`` when the column of texts holds something else, or the table cannot be read."""
        for batch in mapped_by_threads(self._parse, batches_of(self._request, log)):
            self._add(batch, log)
        log.raise_if_any()

    def check(self, log: ProblemLog) -> None:
        """Raises ``Rejected`` when there are no rows, or no column of texts."""
        request, text = self._request, self._columns.text
        check_any_rows(self.facts.rows, request, log)
        if text not in self._names:
            _reject_text(text, self._names, request, log)

    def target(self, log: ProblemLog) -> Target:
        """Raises ``Rejected`` when the table has no such classes or labels, or too few rows."""
        request, names = self._request, list(self._names)
        for name, scan in self._targets.items():
            found_target(scan if name in self._names else None, name, names, request, log)
        check_rows(self.facts.rows, request, log)
        return target_of(request, self._targets, log)

    def _parse(self, batch: TableBatch) -> TextBatch:
        texts = TextCells.of(column_of(batch, self._columns.text), self._request.limits)
        return TextBatch(
            raw=batch,
            texts=texts,
            characters=texts.characters if texts else np.empty(0, dtype=np.int64),
            labels={name: self._labels(name, column_of(batch, name)) for name in self._columns.targets},
        )

    def _labels(self, name: str, values: pa.Array) -> Labels | Stray:
        lists = self._reading.lists(name, values)
        if lists is not None:
            return lists
        readable = as_readable(values)
        if readable is None:
            return Stray(kind_of(values), first_valid(values))
        return self._reading.labels(name, readable)

    def _add(self, batch: TextBatch, log: ProblemLog) -> None:
        self._names.update(dict.fromkeys(batch.raw.columns))
        self.left_out += batch.raw.left_out
        if batch.texts is None:
            reject_unsupported(self._columns.text, self._request, log)
        self._report_faults(batch, batch.texts)
        row, end = self.facts.rows, self.facts.size
        content, offsets = batch.texts.packed()
        self.facts.add(batch.characters, size=content.size, truncated=batch.texts.truncated)
        if self.facts.fits(self._request.limits):
            self._files.text.write(end, content)
            self._files.offsets.write(row, end + offsets)
        self._add_labels(batch.labels, rows=batch.raw.rows)

    def _add_labels(self, labels: Mapping[str, Labels | Stray], *, rows: int) -> None:
        codes = {}
        for name, found in labels.items():
            if isinstance(found, Stray):
                self._targets[name].add_unsupported(found, rows)
            elif (places := self._targets[name].add_labels(found)) is not None:
                codes[name] = places
        if codes:
            self._spool.add(
                SpooledBatch(
                    rows=rows,
                    number_names=(),
                    numbers=np.empty((rows, 0)),
                    code_names=tuple(codes),
                    codes=np.stack([*codes.values()], axis=1),
                )
            )

    def _report_faults(self, batch: TextBatch, texts: TextCells) -> None:
        rows_before, filename = self.facts.rows, self._request.filename
        numbers = batch.raw.numbered(rows_before)
        report_missing(texts, self._columns.text, rows=numbers, filename=filename, log=self.faults)
        checked = CheckedBatch(batch.raw, rows_before=rows_before, filename=filename, log=self.faults)
        options = self._request.options
        for name, labels in batch.labels.items():
            if isinstance(labels, Stray) or options.label_separator is not None:
                continue
            check = checked.check_flags if options.targets else checked.check_target_present
            check(name)


def write_target(target: Target, rows: int, spool: Spool, directory: Path) -> tuple[list[int], FileEntry]:
    """``target.npy``; the number of rows in each class."""
    counts = np.zeros(len(target.classes), dtype=np.int64)
    with NpyFile(directory / "target.npy", dtype=target.dtype, shape=(rows, *target.shape)) as file:
        row = 0
        for batch in spool.batches():
            values = target.of(batch)
            file.write(row, values)
            counts += target.counts(values)
            row += batch.rows
        return counts.tolist(), file.finish()
