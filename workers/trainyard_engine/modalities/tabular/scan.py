"""The first pass over a table: its rows are counted and each column gets a kind."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from trainyard_engine.ingest.formats import Format
from trainyard_engine.ingest.parallel import mapped_by_threads
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog, WarningCode
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.any_table import batches_of, format_of
from trainyard_engine.ingest.tables.batches import TableBatch
from trainyard_engine.ingest.tables.csv_source import read_plain_csv
from trainyard_engine.ingest.tables.labelled_rows import kept_rows, leaves_rows_out, note_left_out
from trainyard_engine.ingest.tables.parquet_source import index_columns
from trainyard_engine.ingest.tables.plain_csv import NotPlain, PlainBlock
from trainyard_engine.ingest.tables.row_index import is_unnamed_index
from trainyard_engine.ingest.tables.table_checks import check_any_rows, check_rows, no_such_column
from trainyard_engine.modalities.tabular.batch_values import BatchValues
from trainyard_engine.modalities.tabular.column_values import Reading
from trainyard_engine.modalities.tabular.columns import ColumnScan, Dropped
from trainyard_engine.modalities.tabular.spool import Spool, SpooledBatch
from trainyard_engine.modalities.tabular.targets import Target, target_of
from trainyard_spec.datasets import AnyColumn, CategoricalColumn, NumberForm, NumericColumn

Kept = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What is written. ``columns`` are the features as found.

    ``kept`` are the places in the table, from 1, of its rows, int64 (rows,); ``None`` if none was left out.
    """

    rows: int
    kept: Kept | None
    target: Target
    columns: tuple[AnyColumn, ...]
    dropped: tuple[Dropped, ...]
    scans: Mapping[str, ColumnScan]

    @property
    def has_faults(self) -> bool:
        """Whether a cell holds what its column cannot, or the target lacks a value: the table is to be rejected."""
        return self.target.has_faults or any(not self.scans[column.name].is_clean() for column in self.numeric)

    @property
    def numeric(self) -> list[NumericColumn]:
        return [column for column in self.columns if isinstance(column, NumericColumn)]

    @property
    def categorical(self) -> list[CategoricalColumn]:
        return [column for column in self.columns if isinstance(column, CategoricalColumn)]


class TableScan:
    """The columns as far as they have been read; what they hold goes to ``spool``, if there is one."""

    def __init__(self, request: CompileRequest, reading: Reading, spool: Spool | None = None) -> None:
        self.rows = 0
        self.left_out = 0
        self.columns: dict[str, ColumnScan] = {}
        self._request = request
        self._first = reading
        self._spool = spool

    def read(self, batches: Iterator[TableBatch | PlainBlock], reading: Reading) -> None:
        """Reads the whole table. Columns that begin as text are read as text throughout, or as what it spells.

        Raises ``NotPlain``.
        """
        for first in islice(batches, 1):
            values = reading.read(first)
            spelled = _clear_forms(values, reading)
            if spelled:
                reading = replace(reading, forms={**spelled, **reading.forms})
                values = reading.read(first)
            self.add(values)
            reading = replace(reading, as_text=reading.as_text.union(values.labels))
        for values in mapped_by_threads(reading.read, batches):
            self.add(values)

    def revised(self, reading: Reading, *, unused: Collection[str] = ()) -> Reading | None:
        """How the table has to be read again, by what was found when it was read so; ``None`` if it need not be.

        ``unused`` columns are not kept.
        """
        as_text, known, ambiguous = set(reading.as_text), dict(reading.forms), set(reading.ambiguous)
        for name, column in self.columns.items():
            is_class = name in self._first.targets and self._request.task.is_classification
            if name in known or name in unused or is_class:
                continue
            if column.is_mixed or column.unreadable:
                as_text.add(name)
            elif column.had_labels and column.holds_numbers_alone(self.rows):
                as_text.discard(name)
                known[name] = column.form
                ambiguous.update({name} if column.has_rival else ())
        if (as_text, known) == (set(reading.as_text), reading.forms):
            for name in ambiguous:
                self.columns[name].is_ambiguous = True
            return None
        return replace(reading, as_text=frozenset(as_text), forms=known, ambiguous=frozenset(ambiguous))

    def add(self, values: BatchValues) -> None:
        """Takes in the next rows."""
        for name in values.names:
            if name not in self.columns:
                self.columns[name] = new_column(name, self._first, rows_before=self.rows)
        for name, numbers in values.facts.items():
            self.columns[name].add_numbers(numbers, values.rows)
        for name, nested in values.unsupported.items():
            self.columns[name].add_unsupported(nested, values.rows)
        for name in self.columns.keys() - set(values.names):
            self.columns[name].skip(values.rows)
        found = {name: self.columns[name].add_labels(labels) for name, labels in values.labels.items()}
        self.rows += values.rows
        self.left_out += values.left_out
        if self._spool is not None:
            self._keep(self._spool, values, found)

    def conclude(self, chosen: Collection[str]) -> list[AnyColumn | Dropped]:
        """What each column is, without those ``chosen`` for something else than features."""
        index = index_columns(self._request) if format_of(self._request) is Format.PARQUET else ()
        reason = "is the index of the rows that pandas or R wrote (give it a name there, if it tells anything)"
        return [
            Dropped(name, WarningCode.INDEX_COLUMN, reason)
            if name in index or is_unnamed_index(name)
            else column.conclude(self.rows)
            for name, column in self.columns.items()
            if name not in chosen
        ]

    def _keep(self, spool: Spool, values: BatchValues, found: Mapping[str, npt.NDArray[np.int32] | None]) -> None:
        codes = {name: places for name, places in found.items() if places is not None}
        clean = [position for position, name in enumerate(values.facts) if not self.columns[name].had_labels]
        names = tuple(values.facts)
        spool.add(
            SpooledBatch(
                rows=values.rows,
                number_names=tuple(names[position] for position in clean),
                numbers=values.numbers if len(clean) == len(names) else values.numbers[:, clean].copy(),
                code_names=tuple(codes),
                codes=np.stack([*codes.values()], axis=1) if codes else np.empty((values.rows, 0), dtype=np.int32),
            )
        )


def new_column(name: str, reading: Reading, *, rows_before: int) -> ColumnScan:
    return ColumnScan(
        name,
        rows_before=rows_before,
        most_labels=reading.most_labels(name),
        limits=reading.limits,
        among=reading.forms_of(name),
    )


def _clear_forms(values: BatchValues, reading: Reading) -> dict[str, NumberForm]:
    """Those columns of a first batch that begin as text and hold nothing but numbers in one form."""
    found = {}
    for name, labels in values.labels.items():
        column = new_column(name, reading, rows_before=0)
        column.add_labels(labels)
        if name not in reading.as_text and column.holds_numbers_alone(values.rows) and not column.has_rival:
            found[name] = column.form
    return found


def plan_table(
    request: CompileRequest, spool: Spool, log: ProblemLog, *, no_features: Collection[str] = ()
) -> TablePlan:
    """Reads the whole table into ``spool``. Raises ``Rejected`` when it cannot become a dataset with this target."""
    scan, target, kept = scan_targets(request, spool, log)
    concluded = scan.conclude({*request.options.to_predict, *no_features})
    plan = TablePlan(
        rows=scan.rows,
        kept=kept,
        target=target,
        columns=tuple(column for column in concluded if not isinstance(column, Dropped)),
        dropped=tuple(column for column in concluded if isinstance(column, Dropped)),
        scans=scan.columns,
    )
    _check_plan(plan, request, log)
    return plan


def scan_targets(request: CompileRequest, spool: Spool, log: ProblemLog) -> tuple[TableScan, Target, Kept | None]:
    """Reads the whole table into ``spool``. Raises ``Rejected`` when nothing of the kind can be predicted by it.

    Returns the places of the rows too if some were left out.
    """
    scan = _scanned(request, spool, log)
    kept = kept_of(scan.left_out, request, log)
    if kept is not None:
        for column in scan.columns.values():
            column.renumber(kept.tolist())
    check_any_rows(scan.rows, request, log)
    for name in request.options.to_predict:
        found_target(scan.columns.get(name), name, list(scan.columns), request, log)
    check_rows(scan.rows, request, log)
    return scan, target_of(request, scan.columns, log), kept


def kept_of(left_out: int, request: CompileRequest, log: ProblemLog) -> Kept | None:
    """Reads the table once more for the places of its rows if some were left out, which becomes a warning.

    Raises ``Rejected`` when they are too many.
    """
    if not left_out:
        return None
    kept = kept_rows(batches_of(request, log))
    note_left_out(kept, left_out, request, log)
    return kept


def _scanned(request: CompileRequest, spool: Spool, log: ProblemLog) -> TableScan:
    """Reads the table at the highest speed it allows: again, if it turns out to need more care."""
    targets = frozenset(request.options.to_predict)
    reading = Reading(
        as_text=targets if request.task.is_classification else frozenset(),
        targets=targets,
        limits=request.limits,
        has_label_sets=request.options.label_separator is not None,
        leaves_rows_out=leaves_rows_out(request),
    )
    careful = format_of(request) is not Format.CSV
    while True:
        spool.clear()
        scan = TableScan(request, reading, spool)
        try:
            rows: Iterator[TableBatch | PlainBlock]
            rows = batches_of(request, log) if careful else read_plain_csv(request, log)
            scan.read(rows, reading)
        except NotPlain:
            careful = True
            continue
        log.raise_if_any()
        revised = scan.revised(reading)
        if revised is None:
            return scan
        reading = revised


def found_target(
    scan: ColumnScan | None, target: str, names: Sequence[str], request: CompileRequest, log: ProblemLog
) -> ColumnScan:
    """``scan``. Raises ``Rejected`` when the table, with columns ``names``, has none, or none that can be used."""
    if scan is None:
        message = no_such_column(target, names)
        log.reject(ProblemCode.TARGET_UNKNOWN, message, file=request.filename, column=target)
    if scan.unsupported is not None:
        kind, row = scan.unsupported
        message = f"The target holds {kind}, first here. {_instead_of(kind, request)}"
        log.reject(ProblemCode.TARGET_UNSUPPORTED, message, file=request.filename, row=row + 1, column=target)
    return scan


def _instead_of(kind: str, request: CompileRequest) -> str:
    may_be_labels = kind == "lists" and "label_separator" in request.task.traits.options
    if may_be_labels and not request.options.label_separator:
        return "If rows may have several labels, set label_separator; else choose a column of numbers or text."
    return "Choose a column of numbers or text."


def _check_plan(plan: TablePlan, request: CompileRequest, log: ProblemLog) -> None:
    of_target = np.dtype(plan.target.dtype).itemsize * math.prod(plan.target.shape)
    size = plan.rows * (8 * len(plan.numeric) + 4 * len(plan.categorical) + of_target)
    if not plan.columns:
        message = "Besides the target no column is left to learn from. Add columns of numbers or categories."
        log.add(ProblemCode.NO_FEATURES, message, file=request.filename)
    elif size > request.limits.compiled_size:
        message = f"The arrays would take {size:,} bytes; {request.limits.compiled_size:,} are allowed. Use fewer rows."
        log.add(ProblemCode.DATASET_TOO_LARGE, message, file=request.filename)
    log.raise_if_any()
