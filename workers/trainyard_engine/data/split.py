"""Which rows train, which validate and which test."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_engine.data.dataset import Dataset
from trainyard_engine.faults import EngineFault
from trainyard_engine.keyed import permutation
from trainyard_spec.splits import SPLIT_OPTION, SplitSpec

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers of the three parts, each ascending int64; together every row exactly once."""

    train: Rows
    val: Rows
    test: Rows


def split_rows(strata: npt.NDArray[Any], spec: SplitSpec, *, order: Rows | None = None) -> Split:
    """Splits by ``spec``: a function of the arguments alone.

    ``strata`` holds a label per row, (rows,). Every label is spread over the parts in the spec's proportions, to
    within one row, and has at least one row in train. Rows are drawn, or, with ``order``, int64 (rows,), the first of
    each label train and the last test. Raises ``EngineFault`` when a part would be empty.
    """
    shuffled = permutation(len(strata), "split", spec.seed) if order is None else order[::-1]
    by_label = shuffled[np.argsort(strata[shuffled], kind="stable")]
    _, counts = np.unique(strata, return_counts=True)
    # Rounding the running totals instead of each label's share keeps the whole in proportion too.
    ends = np.cumsum(counts)
    val_counts = np.diff(np.rint(ends * spec.val), prepend=0).astype(np.int64)
    test_counts = np.diff(np.rint(ends * spec.test), prepend=0).astype(np.int64)
    val_counts = np.minimum(val_counts, counts - 1)
    test_counts = np.minimum(test_counts, counts - 1 - val_counts)
    position = np.arange(len(strata)) - np.repeat(ends - counts, counts)
    # Of an order, which is read from its end, test takes the last rows.
    is_first = position < np.repeat(val_counts if order is None else test_counts, counts)
    is_second = ~is_first & (position < np.repeat(val_counts + test_counts, counts))
    in_val, in_test = (is_first, is_second) if order is None else (is_second, is_first)
    return _checked(
        Split(
            train=np.sort(by_label[~in_val & ~in_test]), val=np.sort(by_label[in_val]), test=np.sort(by_label[in_test])
        )
    )


def _checked(split: Split) -> Split:
    """``split``. Raises ``EngineFault`` when a part is empty."""
    rows = len(split.train) + len(split.val) + len(split.test)
    for name, part in (("train", split.train), ("val", split.val), ("test", split.test)):
        if len(part) == 0:
            raise EngineFault(
                f"{rows} rows are too few: the {name} part of the split would be empty.",
                code="dataset_too_small",
                hint=f"Add rows, or raise split.{name}.",
                field=f"split.{name}",
            )
    return split


def split_examples(dataset: Dataset, spec: SplitSpec) -> Split:
    """Splits the rows of ``dataset`` as ``spec`` says, which they know how to. Raises ``EngineFault``."""
    if spec.by == "random":
        strata = dataset.target if dataset.is_classification else np.zeros(dataset.compiled.rows)
        return split_rows(strata.astype(np.int64), spec)
    values = dataset.features[f"split_{SPLIT_OPTION[spec.by]}"]
    return _checked(SPLITTERS[spec.by](np.asarray(values), spec))


def split_by_time(times: npt.NDArray[np.float64], spec: SplitSpec) -> Split:
    """The earliest rows train and the latest test; of equal times the rows stored first come first."""
    order = np.argsort(times, kind="stable")
    first, second = np.rint(len(times) * np.array([spec.train, spec.train + spec.val])).astype(np.int64)
    return Split(train=np.sort(order[:first]), val=np.sort(order[first:second]), test=np.sort(order[second:]))


def split_by_group(groups: npt.NDArray[np.float64], spec: SplitSpec) -> Split:
    """Whole groups, in an order drawn by the seed, each where its middle row falls by the spec's fractions."""
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = permutation(len(sizes), "split", spec.seed)
    middles = np.cumsum(sizes[order]) - sizes[order] / 2
    part = np.empty(len(sizes), dtype=np.int64)
    part[order] = np.searchsorted(len(groups) * np.array([spec.train, spec.train + spec.val]), middles, side="right")
    return _of_parts(part[group])


def _of_parts(parts: npt.NDArray[Any]) -> Split:
    """By 0, 1 or 2 for each row."""
    train, val, test = (np.flatnonzero(parts == part) for part in range(3))
    return Split(train=train, val=val, test=test)


SPLITTERS: dict[str, Callable[[npt.NDArray[np.float64], SplitSpec], Split]] = {
    "time": split_by_time,
    "group": split_by_group,
    "given": lambda parts, _: _of_parts(parts),
}
