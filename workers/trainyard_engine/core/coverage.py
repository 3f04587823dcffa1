"""Coverage: which of all possible inputs the training rows held; of the rest a network has learnt nothing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_engine.core.split import Rows
from trainyard_engine.ingest.cells.cell_forms import DATES
from trainyard_engine.modalities.interactions.item_index import spans
from trainyard_engine.modalities.tabular.calendar import Cycle, cycles_of
from trainyard_engine.modalities.text.tokenizer import UNK_ID
from trainyard_spec.augmentation import AnyAugment, TokenDropoutAugment
from trainyard_spec.base import WireModel
from trainyard_spec.datasets import CategoricalColumn, NumericColumn, TableProfile

MISSING = -1
"""The code of an empty cell in a categorical column."""
NEVER_SEEN = -2
"""The code, in a row to predict, of a category that the dataset does not have."""
ROWS_AT_ONCE = 1024
FAR = 1.0
"""Widths of the range of a column's training values by which a number must lie outside of it to be far."""


class NumericCoverage(WireModel):
    """``minimum`` and ``maximum`` of a column's values in the training rows, and how many of these had none.

    ``is_steady``: it never varied within a series, and what it is elsewhere is scaled away. ``cycles`` are, of a column
    of dates in a table, those that its calendar features tell of.
    """

    minimum: float | None
    maximum: float | None
    missing: int
    is_steady: bool = False
    cycles: tuple[Cycle, ...] = ()

    @property
    def is_constant(self) -> bool:
        """Whether all values were alike, or there were none: the column's weights have learnt nothing."""
        return self.is_steady or self.minimum == self.maximum

    def joined(self, other: "NumericCoverage") -> "NumericCoverage":
        """Union of the values of both, with the features of this."""
        lowest = [value for value in (self.minimum, other.minimum) if value is not None]
        highest = [value for value in (self.maximum, other.maximum) if value is not None]
        return NumericCoverage(
            minimum=min(lowest, default=None),
            maximum=max(highest, default=None),
            missing=self.missing + other.missing,
            is_steady=self.is_steady and other.is_steady,
            cycles=self.cycles,
        )

    def is_far(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Which of ``values`` lie outside of the range by more than ``FAR`` of its width; NaN never does."""
        if self.minimum is None or self.maximum is None:
            return np.zeros(len(values), dtype=np.bool_)
        width = FAR * (self.maximum - self.minimum)
        is_far: npt.NDArray[np.bool_] = (values < self.minimum - width) | (values > self.maximum + width)
        return is_far


class Coverage(WireModel):
    """Measured on the training rows alone, in the order of the stored columns; what a task lacks is empty.

    ``categorical`` counts, for each column, the rows of every category and, last, those without one. ``unmet_tokens``
    are the ids of tokens that no training text held. ``class_shares`` are the shares of rows of each class, or with
    each label. ``token_counts`` are, of what is learnt to be written, how often each token was. ``longest`` is the
    length of the longest training example, 0 where it does not matter.
    """

    numeric: tuple[NumericCoverage, ...] = ()
    categorical: tuple[tuple[int, ...], ...] = ()
    unmet_tokens: tuple[int, ...] = ()
    class_shares: tuple[float, ...] = ()
    token_counts: tuple[int, ...] = ()
    longest: int = 0

    def joined(self, other: "Coverage") -> "Coverage":
        """What the training rows of either held, of the same inputs; of classes, those of ``other``."""
        pairs = zip(self.numeric, other.numeric, strict=True)
        columns = zip(self.categorical, other.categorical, strict=True)
        counts = zip(self.token_counts, other.token_counts, strict=True)
        return Coverage(
            numeric=tuple(first.joined(second) for first, second in pairs),
            categorical=tuple(tuple(first + second for first, second in zip(*both, strict=True)) for both in columns),
            unmet_tokens=tuple(sorted({*self.unmet_tokens} & {*other.unmet_tokens})),
            class_shares=other.class_shares,
            token_counts=tuple(first + second for first, second in counts),
            longest=max(self.longest, other.longest),
        )

    @property
    def unwritten_tokens(self) -> tuple[int, ...]:
        """The ids of tokens that nothing which was learnt to be written held."""
        return tuple(token for token, count in enumerate(self.token_counts) if not count)


def table_coverage(
    numeric: npt.NDArray[np.floating], categorical: npt.NDArray[np.int32], profile: TableProfile, train: Rows
) -> Coverage:
    """Coverage of the stored columns (rows, columns) of a table."""
    sizes = [len(column.categories) for column in profile.columns if isinstance(column, CategoricalColumn)]
    dates = [column.form in DATES for column in profile.columns if isinstance(column, NumericColumn)]
    return Coverage(
        numeric=tuple(
            known.model_copy(update={"cycles": cycles_of(numeric[train, place])}) if dates[place] else known
            for place, known in enumerate(numeric_coverage(numeric, train))
        ),
        categorical=tuple(_counts(categorical[train, place], size) for place, size in enumerate(sizes)),
    )


def numeric_coverage(columns: npt.NDArray[np.floating], rows: Rows) -> tuple[NumericCoverage, ...]:
    """Coverage of ``rows`` of the stored ``columns`` (rows, columns), one by one."""
    return tuple(_of_numbers(columns[rows, place]) for place in range(columns.shape[1]))


def steps_coverage(
    values: npt.NDArray[np.floating], steps: Rows, offsets: Rows, *, by_series: bool
) -> tuple[NumericCoverage, ...]:
    """Coverage of ``steps``, ascending, of ``values`` (steps, channels). ``by_series``: each is scaled by itself.

    ``offsets`` are where series begin.
    """
    found = numeric_coverage(values, steps)
    if not by_series:
        return found
    begins = np.flatnonzero(np.diff(np.searchsorted(offsets, steps, side="right"), prepend=-1))
    return tuple(
        channel.model_copy(update={"is_steady": _is_steady(values[steps, place], begins)})
        for place, channel in enumerate(found)
    )


def text_coverage(met: npt.NDArray[np.bool_], target: npt.NDArray[Any], *, classes: int, longest: int) -> Coverage:
    """Coverage of ``met``, bool (vocabulary,), of the training rows' classes or labels, and of ``longest`` tokens.

    Numbers have no ``classes``.
    """
    if not classes:
        return Coverage(unmet_tokens=tuple(np.flatnonzero(~met).tolist()), longest=longest)
    counts = np.bincount(target, minlength=classes) if target.ndim == 1 else target.sum(axis=0, dtype=np.int64)
    shares = counts / len(target)
    return Coverage(
        unmet_tokens=tuple(np.flatnonzero(~met).tolist()), class_shares=tuple(shares.tolist()), longest=longest
    )


def writing_coverage(read: npt.NDArray[np.int64], written: npt.NDArray[np.int64], *, longest: int = 0) -> Coverage:
    """Coverage by how often training reads each token, and learns to write it, both int64 (vocabulary,)."""
    return Coverage(
        unmet_tokens=tuple(np.flatnonzero(read == 0).tolist()), token_counts=tuple(written.tolist()), longest=longest
    )


def with_augments(coverage: Coverage, augments: Sequence[AnyAugment]) -> Coverage:
    """Tokens that are dropped out are read as unknown ones, whatever the texts hold."""
    if not any(isinstance(augment, TokenDropoutAugment) for augment in augments):
        return coverage
    return coverage.model_copy(update={"unmet_tokens": tuple(sorted({*coverage.unmet_tokens} - {UNK_ID}))})


def tokens_counted(
    ids: npt.NDArray[np.int32], starts: Rows, lengths: Rows, *, vocabulary: int
) -> npt.NDArray[np.int64]:
    """int64 (vocabulary,): how often each of ``ids`` lies in the texts of ``lengths`` that begin at ``starts``."""
    counts = np.zeros(vocabulary, dtype=np.int64)
    for begin in range(0, len(starts), ROWS_AT_ONCE):
        part = slice(begin, begin + ROWS_AT_ONCE)
        counts += np.bincount(ids[spans(starts[part], lengths[part])], minlength=vocabulary)
    return counts


def _of_numbers(values: npt.NDArray[np.floating]) -> NumericCoverage:
    present = values[~np.isnan(values)].astype(np.float64)
    return NumericCoverage(
        minimum=float(present.min()) if len(present) else None,
        maximum=float(present.max()) if len(present) else None,
        missing=len(values) - len(present),
    )


def _is_steady(column: npt.NDArray[np.floating], begins: Rows) -> bool:
    lowest, highest = np.fmin.reduceat(column, begins), np.fmax.reduceat(column, begins)
    return not (lowest < highest).any()


def _counts(codes: npt.NDArray[np.int32], size: int) -> tuple[int, ...]:
    return tuple(np.bincount(np.where(codes == MISSING, size, codes), minlength=size + 1).tolist())
