"""Which rows train, which validate and which test."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_engine.data.dataset import Dataset
from trainyard_engine.faults import EngineFault
from trainyard_engine.keyed import permutation
from trainyard_spec.training import SplitSpec

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
    split = Split(
        train=np.sort(by_label[~in_val & ~in_test]), val=np.sort(by_label[in_val]), test=np.sort(by_label[in_test])
    )
    for name, part in (("train", split.train), ("val", split.val), ("test", split.test)):
        if len(part) == 0:
            raise EngineFault(
                f"{len(strata)} rows are too few: the {name} part of the split would be empty.",
                code="dataset_too_small",
                hint=f"Add rows, or raise split.{name}.",
                field=f"split.{name}",
            )
    return split


def split_examples(dataset: Dataset, spec: SplitSpec) -> Split:
    """Splits the rows of ``dataset``, stratified by its classes where it has them. Raises ``EngineFault``."""
    if dataset.is_classification:
        return split_rows(dataset.target.astype(np.int64), spec)
    return split_rows(np.zeros(dataset.compiled.rows, dtype=np.int64), spec)
