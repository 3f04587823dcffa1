"""Targets of a table's rows, as ``target.npy`` holds them: a class, labels, or numbers."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainyard_engine.ingest.cells.canonical_cells import BETWEEN, FLAGS, texts_of_json
from trainyard_engine.ingest.classes import check_classes, check_labels, in_order
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.modalities.tabular.checks import CheckedBatch
from trainyard_engine.modalities.tabular.columns import ColumnScan
from trainyard_engine.modalities.tabular.spool import SpooledBatch
from trainyard_spec.tasks import DataKind, Task

Counts = npt.NDArray[np.int64]

REGRESSIONS = {
    DataKind.TABLES: Task.TABULAR_REGRESSION,
    DataKind.IMAGES: Task.IMAGE_REGRESSION,
    DataKind.TEXTS: Task.TEXT_REGRESSION,
}
"""What a target of too many classes may be meant for."""


class Target(Protocol):
    """``classes`` are empty for numbers. ``shape`` is that of the stored values of one row."""

    classes: tuple[str, ...]
    dtype: type[Any]
    shape: tuple[int, ...]

    @property
    def has_faults(self) -> bool:
        """Whether a cell holds something that cannot be predicted, or nothing: the table is to be rejected."""
        ...

    def of(self, batch: SpooledBatch) -> npt.NDArray[Any]:
        """The values of its rows, (rows, *shape)."""
        ...

    def counts(self, values: npt.NDArray[Any]) -> Counts:
        """How many of the rows with these ``values`` are of each class, int64 (classes,); what has none counts not."""
        ...

    def check(self, batch: CheckedBatch) -> None:
        """Adds a problem for each cell of the batch that cannot be used."""
        ...

    def check_counts(self, counts: Sequence[int], rows: int, log: ProblemLog) -> None:
        """Adds a problem for each class that too few of the table's ``rows`` are of."""
        ...


class NumberTarget:
    """A number for each of the ``targets``, float64; of a single target without a dimension for it."""

    classes: tuple[str, ...] = ()
    dtype: type[Any] = np.float64

    def __init__(self, targets: Sequence[ColumnScan], *, are_listed: bool) -> None:
        self._scans = targets
        self.shape: tuple[int, ...] = (len(targets),) if are_listed else ()

    @property
    def has_faults(self) -> bool:
        return any(scan.missing or scan.blank or not scan.is_clean() for scan in self._scans)

    def of(self, batch: SpooledBatch) -> npt.NDArray[Any]:
        return batch.number_columns([scan.name for scan in self._scans]).reshape(batch.rows, *self.shape)

    def counts(self, values: npt.NDArray[Any]) -> Counts:
        return np.zeros(0, dtype=np.int64)

    def check(self, batch: CheckedBatch) -> None:
        for scan in self._scans:
            batch.check_target_numbers(scan.name, scan.form)

    def check_counts(self, counts: Sequence[int], rows: int, log: ProblemLog) -> None:
        """Numbers have no classes."""


class OneClass:
    """The index of a row's class, int64."""

    dtype: type[Any] = np.int64
    shape: tuple[int, ...] = ()

    def __init__(self, target: ColumnScan, request: CompileRequest, log: ProblemLog) -> None:
        self.classes = classes_of(target, request, log)
        self._scan = target
        self._limits = request.limits
        self._places = target.places_in(self.classes)

    @property
    def has_faults(self) -> bool:
        return self._scan.missing > 0

    def of(self, batch: SpooledBatch) -> npt.NDArray[Any]:
        return self._places[batch.code_columns([self._scan.name])[:, 0]]

    def counts(self, values: npt.NDArray[Any]) -> Counts:
        return np.bincount(values[values >= 0], minlength=len(self.classes))

    def check(self, batch: CheckedBatch) -> None:
        batch.check_target_present(self._scan.name)

    def check_counts(self, counts: Sequence[int], rows: int, log: ProblemLog) -> None:
        column = self._scan.name
        check_classes(self.classes, counts, things="rows", column=column, log=log, limits=self._limits)


class LabelTarget:
    """Which labels a row has: uint8 (labels,), 1 for each of them."""

    dtype: type[Any] = np.uint8
    has_faults = False

    def __init__(self, classes: tuple[str, ...], *, column: str | None, request: CompileRequest) -> None:
        self.classes = classes
        self.shape: tuple[int, ...] = (len(classes),)
        self._column = column
        self._limits = request.limits

    def counts(self, values: npt.NDArray[Any]) -> Counts:
        counts: Counts = values.sum(axis=0, dtype=np.int64)
        return counts

    def check_counts(self, counts: Sequence[int], rows: int, log: ProblemLog) -> None:
        if not self.has_faults:
            check_labels(self.classes, counts, rows=rows, column=self._column, log=log, limits=self._limits)


class LabelColumns(LabelTarget):
    """A column of 0 and 1, or of false and true, for each label, which has the column's name."""

    def __init__(self, targets: Sequence[ColumnScan], request: CompileRequest) -> None:
        super().__init__(tuple(scan.name for scan in targets), column=None, request=request)
        self._flags = [np.array([FLAGS.get(text, False) for text in (*(scan.codes or ()), "")]) for scan in targets]
        self.has_faults = any(
            scan.missing or scan.codes is None or not FLAGS.keys() >= scan.codes.keys() for scan in targets
        )

    def of(self, batch: SpooledBatch) -> npt.NDArray[Any]:
        codes = batch.code_columns(self.classes)
        return np.stack([flags[codes[:, place]] for place, flags in enumerate(self._flags)], axis=1).astype(np.uint8)

    def check(self, batch: CheckedBatch) -> None:
        for name in self.classes:
            batch.check_flags(name)


class LabelSets(LabelTarget):
    """One column of all labels of a row, with a separator between them or in a list; an empty cell has none."""

    def __init__(self, target: ColumnScan, separator: str, request: CompileRequest, log: ProblemLog) -> None:
        separator = BETWEEN if target.holds_sets else separator
        sets = [{part.strip() for part in text.split(separator)} for text in _texts(target, request, log)]
        parts = sorted(set().union(*sets))
        spelled = dict(zip(parts, texts_of_json(parts), strict=True))
        named = [{label for part in found if (label := spelled[part]) is not None} for found in sets]
        classes = in_order(set().union(*named))
        limits = request.limits
        if len(classes) > limits.classes or any(len(label) > limits.label_characters for label in classes):
            message = (
                f"There are more than {limits.classes:,} different labels, or one longer than"
                f" {limits.label_characters} characters."
            )
            if not target.holds_sets:
                message += f" Is {separator!r} what stands between them?"
            log.reject(ProblemCode.TOO_MANY_CLASSES, message, file=request.filename, column=target.name)
        super().__init__(classes, column=target.name, request=request)
        places = {label: place for place, label in enumerate(classes)}
        self._sets = pa.array([[places[label] for label in found] for found in (*named, ())], pa.list_(pa.int32()))

    def of(self, batch: SpooledBatch) -> npt.NDArray[Any]:
        codes = batch.code_columns([self._column or ""])[:, 0]
        found = self._sets.take(pa.array(np.where(codes < 0, len(self._sets) - 1, codes)))
        values = np.zeros((batch.rows, *self.shape), dtype=np.uint8)
        values[pc.list_parent_indices(found).to_numpy(), found.flatten().to_numpy()] = 1
        return values

    def check(self, batch: CheckedBatch) -> None:
        """Any text is a label."""


def target_of(request: CompileRequest, scans: Mapping[str, ColumnScan], log: ProblemLog) -> Target:
    """Target of a table of which all is read. Raises ``Rejected`` when the columns are none of classes or labels."""
    options = request.options
    targets = [scans[name] for name in options.to_predict]
    if not request.task.is_classification:
        return NumberTarget(targets, are_listed=options.targets is not None)
    if options.targets:
        return LabelColumns(targets, request)
    if options.label_separator:
        return LabelSets(targets[0], options.label_separator, request, log)
    return OneClass(targets[0], request, log)


def classes_of(target: ColumnScan, request: CompileRequest, log: ProblemLog) -> tuple[str, ...]:
    """The target's classes. Raises ``Rejected`` when they are too many or too long to be any."""
    return in_order(_texts(target, request, log))


def _texts(target: ColumnScan, request: CompileRequest, log: ProblemLog) -> Mapping[str, int]:
    limits = request.limits
    if target.codes is None:
        regression = REGRESSIONS.get(request.task.traits.data)
        instead = f", or the task {regression}" if regression else ""
        most, longest = limits.most_labels(are_sets=request.options.label_separator is not None)
        message = (
            f"The target has more than {most:,} different values, or one longer than"
            f" {longest} characters. Choose a column of classes{instead}."
        )
        log.reject(ProblemCode.TOO_MANY_CLASSES, message, file=request.filename, column=target.name)
    return target.codes
