"""Texts from a table: one column of texts, one of classes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from trainyard_engine.compiler.batches import Batch, column_of
from trainyard_engine.compiler.cells import as_readable, kind_of
from trainyard_engine.compiler.checked_batch import CheckedBatch
from trainyard_engine.compiler.classes import check_classes
from trainyard_engine.compiler.column_values import Labels, Reading, Stray, first_valid
from trainyard_engine.compiler.columns import ColumnScan
from trainyard_engine.compiler.output import NpyFile
from trainyard_engine.compiler.parallel import mapped_by_threads
from trainyard_engine.compiler.problems import ProblemCode, ProblemLog
from trainyard_engine.compiler.request import CompileRequest
from trainyard_engine.compiler.split_columns import split_columns, write_split_columns
from trainyard_engine.compiler.spool import Spool, SpooledBatch
from trainyard_engine.compiler.table_scan import batches_of, check_rows, found_target, no_such_column
from trainyard_engine.compiler.targets import classes_of
from trainyard_engine.compiler.text_cells import TextCells, reject_unsupported, report_missing
from trainyard_engine.compiler.text_output import TextFacts, TextFiles, check_size, described, target_file
from trainyard_spec.datasets import CompiledDataset


@dataclass(frozen=True, slots=True)
class Columns:
    """The two columns that were chosen, by name."""

    text: str
    target: str


@dataclass(frozen=True, slots=True)
class TextBatch:
    """One batch as it was read. ``texts`` is ``None`` if the column cannot be used, ``labels`` what the target holds
    and where first if it cannot."""

    raw: Batch
    texts: TextCells | None
    characters: npt.NDArray[np.int64]
    labels: Labels | Stray


def compile_text_table(request: CompileRequest, directory: Path, log: ProblemLog) -> CompiledDataset:
    """Rows are in the table's order. Raises ``Rejected`` when ``log`` holds problems."""
    columns = _chosen_columns(request, log)
    with TextFiles(directory) as files, target_file(directory) as target, Spool(directory) as spool:
        scan = TextScan(request, columns, files, spool)
        scan.read(log)
        classes = scan.classes(log)
        check_size(scan.facts, request, log)
        log.absorb(scan.faults)
        counts = _write_target(scan, classes, target, spool)
        check_classes(classes, counts, things="rows", column=columns.target, log=log, limits=request.limits)
        log.raise_if_any()
        profile = scan.facts.profile(text=columns.text, target=columns.target)
        profile = profile.model_copy(update={"split_by": split_columns(request)})
        written = (*files.finish(), target.finish(), *write_split_columns(request, sum(counts), directory, log))
        return described(request, profile, classes, counts, written, log)


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


class TextScan:
    """The one pass over a table of texts: they go to ``files``, and their labels to ``spool``.

    ``faults`` are the cells that cannot be used; they matter only once the columns do.
    """

    def __init__(self, request: CompileRequest, columns: Columns, files: TextFiles, spool: Spool) -> None:
        limits = request.limits
        self.facts = TextFacts()
        self.faults = ProblemLog(listed=limits.problems_listed)
        self.target = ColumnScan(columns.target, rows_before=0, most_labels=limits.classes, limits=limits)
        self._request = request
        self._columns = columns
        self._files = files
        self._spool = spool
        self._names: dict[str, None] = {}
        self._reading = Reading(as_text=frozenset((columns.target,)), targets=(columns.target,), limits=limits)

    def read(self, log: ProblemLog) -> None:
        """Raises ``Rejected`` when the column of texts holds something else, or the table cannot be read."""
        for batch in mapped_by_threads(self._parse, batches_of(self._request, log)):
            self._add(batch, log)
        log.raise_if_any()

    def classes(self, log: ProblemLog) -> tuple[str, ...]:
        """Raises ``Rejected`` when the table cannot become a dataset with these columns."""
        request, text, target = self._request, self._columns.text, self._columns.target
        check_rows(self.facts.rows, request, log)
        if text not in self._names:
            message = no_such_column(text, list(self._names))
            log.reject(ProblemCode.TEXT_UNKNOWN, message, file=request.filename, column=text)
        found = self.target if target in self._names else None
        return classes_of(found_target(found, target, list(self._names), request, log), request, log)

    def _parse(self, batch: Batch) -> TextBatch:
        texts = TextCells.of(column_of(batch, self._columns.text), self._request.limits)
        raw_target = column_of(batch, self._columns.target)
        target = as_readable(raw_target)
        return TextBatch(
            raw=batch,
            texts=texts,
            characters=texts.characters if texts else np.empty(0, dtype=np.int64),
            labels=Stray(kind_of(raw_target), first_valid(raw_target))
            if target is None
            else self._reading.labels(self._columns.target, target),
        )

    def _add(self, batch: TextBatch, log: ProblemLog) -> None:
        self._names.update(dict.fromkeys(batch.raw.columns))
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

    def _add_labels(self, labels: Labels | Stray, *, rows: int) -> None:
        if isinstance(labels, Stray):
            self.target.add_unsupported(labels, rows)
            return
        codes = self.target.add_labels(labels)
        if codes is not None:
            self._spool.add(
                SpooledBatch(
                    rows=rows,
                    number_names=(),
                    numbers=np.empty((rows, 0)),
                    code_names=(self.target.name,),
                    codes=codes[:, None],
                )
            )

    def _report_faults(self, batch: TextBatch, texts: TextCells) -> None:
        rows_before, filename = self.facts.rows, self._request.filename
        report_missing(texts, self._columns.text, rows_before=rows_before, filename=filename, log=self.faults)
        if isinstance(batch.labels, Labels):
            checked = CheckedBatch(batch.raw, rows_before=rows_before, filename=filename, log=self.faults)
            checked.check_target_present(self._columns.target)


def _write_target(scan: TextScan, classes: tuple[str, ...], target: NpyFile, spool: Spool) -> list[int]:
    """Returns the number of rows in each class."""
    places = scan.target.places_in(classes)
    counts = np.zeros(len(classes), dtype=np.int64)
    row = 0
    for batch in spool.batches():
        indices = places[batch.code_columns([scan.target.name])[:, 0]]
        target.write(row, indices)
        counts += np.bincount(indices[indices >= 0], minlength=len(classes))
        row += batch.rows
    return counts.tolist()
