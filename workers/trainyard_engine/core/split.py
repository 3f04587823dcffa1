"""Split of the rows into training, validation and test parts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.faults import refuse
from trainyard_engine.core.rng import permutation
from trainyard_spec.data_rules import CLASSES_NAMED
from trainyard_spec.datasets import PARTS
from trainyard_spec.part_sizes import PartSizes, empty_parts
from trainyard_spec.splits import SPLIT_OPTION, SplitConfig

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers of the three parts, each ascending int64; together every row exactly once."""

    train: Rows
    val: Rows
    test: Rows


def split_rows(
    strata: npt.NDArray[Any], spec: SplitConfig, *, order: Rows | None = None, everywhere: bool = False
) -> Split:
    """Splits by ``spec``: a function of the arguments alone.

    ``strata`` holds a label per row, (rows,). Every label is spread over the parts in the spec's proportions, to
    within one row, and has at least one row in train; ``everywhere``, a label of three rows or more has at least one in
    val and test too. Rows are drawn, or, with ``order``, int64 (rows,), the first of each label train and the last
    test. Raises ``EngineFault`` when a part would be empty.
    """
    if order is None:
        shuffled = permutation(len(strata), "split", spec.seed)
        val, test, train = _stratified(strata, shuffled, (spec.val, spec.test), everywhere=everywhere)
    else:
        test, val, train = _stratified(strata, order[::-1], (spec.test, spec.val), everywhere=everywhere)
    return _checked(Split(train=train, val=val, test=test))


def _stratified(
    strata: npt.NDArray[Any], order: Rows, fractions: tuple[float, float], *, everywhere: bool
) -> tuple[Rows, Rows, Rows]:
    """Splits each label's rows in ``order`` into first, second and rest, at least one each; see ``split_rows``."""
    by_label = order[np.argsort(strata[order], kind="stable")]
    _, counts = np.unique(strata, return_counts=True)
    kept = ((counts >= len(PARTS)) & everywhere).astype(np.int64)
    least = [kept * (fraction > 0) for fraction in fractions]
    first = np.minimum(_shares(counts, fractions[0], least[0]), counts - 1 - least[1])
    second = np.minimum(_shares(counts, fractions[1], least[1]), counts - 1 - first)
    position = np.arange(len(strata)) - np.repeat(np.cumsum(counts) - counts, counts)
    is_first = position < np.repeat(first, counts)
    is_taken = position < np.repeat(first + second, counts)
    return np.sort(by_label[is_first]), np.sort(by_label[is_taken & ~is_first]), np.sort(by_label[~is_taken])


def _shares(counts: Rows, fraction: float, least: Rows) -> Rows:
    """How many of each label's rows make up ``fraction`` of them, and ``least`` at any rate, all int64 (labels,)."""
    # Rounding the running totals instead of each label's share keeps the whole in proportion too.
    rounded = np.diff(np.rint(np.cumsum(np.maximum(counts * fraction, least))), prepend=0).astype(np.int64)
    shares: Rows = np.maximum(rounded, least)
    return shares


def _checked(split: Split, *, given: bool = False) -> Split:
    """``split``. Raises ``EngineFault`` when a part is empty."""
    refuse(empty_parts(PartSizes(len(split.train), len(split.val), len(split.test)), given=given))
    return split


def split_examples(dataset: Dataset, spec: SplitConfig) -> Split:
    """Splits the rows of ``dataset`` as ``spec`` says, which they know how to. Raises ``EngineFault``."""
    has_classes = dataset.is_classification
    strata = strata_of(dataset)
    if spec.by == "random":
        return split_rows(strata, spec, everywhere=has_classes)
    values = np.asarray(dataset.features[f"split_{SPLIT_OPTION[spec.by]}"])
    if spec.by == "given":
        return _checked(split_as_given(values, strata, spec, everywhere=has_classes), given=True)
    return _checked(SPLITTERS[spec.by](values, spec))


def strata_of(dataset: Dataset) -> Rows:
    """By what a random split spreads the rows over its parts, int64 (rows,): the class, or the rarest of its labels.

    The rarest label of all is spread like a class, the next with those of its rows that lack it, and so on, after
    Sechidis et al., "On the Stratification of Multi-Label Data", ECML PKDD 2011.
    """
    if not dataset.is_classification:
        return np.zeros(dataset.compiled.rows, dtype=np.int64)
    target = dataset.target
    if target.ndim == 1:
        return target.astype(np.int64)
    by_rarity = np.argsort(dataset.compiled.class_counts, kind="stable")
    strata = np.full(len(target), len(by_rarity), dtype=np.int64)
    for label in by_rarity[::-1]:
        strata[target[:, label] > 0] = label
    return strata


def class_counts(dataset: Dataset, rows: Rows) -> Rows:
    """How many of a classification's ``rows`` are of each class, int64 (classes,)."""
    target = dataset.target[rows]
    counts: Rows = (
        target.sum(axis=0, dtype=np.int64)
        if target.ndim > 1
        else np.bincount(target, minlength=len(dataset.compiled.classes))
    )
    return counts


def missing_classes(dataset: Dataset, split: Split) -> Iterator[str]:
    """A sentence for each part of a classification's rows that lacks classes: it cannot tell anything of them."""
    if not dataset.is_classification:
        return
    for part, rows in (("train", split.train), ("val", split.val), ("test", split.test)):
        counts = class_counts(dataset, rows)
        missing = [dataset.compiled.classes[number] for number in np.flatnonzero(counts == 0).tolist()]
        if missing:
            named = ", ".join(map(repr, missing[:CLASSES_NAMED])) + (", …" if len(missing) > CLASSES_NAMED else "")
            does = "cannot be learnt" if part == "train" else "are left out of its means over classes"
            yield (
                f"The {part} part of the split has no row of {len(missing)} classes, which {does}: {named}. "
                "Split at random, or give that part rows of them."
            )


def split_as_given(
    parts: npt.NDArray[np.float64], strata: npt.NDArray[Any], spec: SplitConfig, *, everywhere: bool
) -> Split:
    """As ``parts`` say, whatever the fractions; where they name no rows for val, these are drawn from train's."""
    train, val, test = (np.flatnonzero(parts == part) for part in range(len(PARTS)))
    if len(train) and not len(val):
        order = permutation(len(train), "split", spec.seed)
        fractions = (spec.val / (spec.train + spec.val), 0.0)
        first, _, rest = _stratified(strata[train], order, fractions, everywhere=everywhere)
        train, val = train[rest], train[first]
    return Split(train=train, val=val, test=test)


def split_by_time(times: npt.NDArray[np.float64], spec: SplitConfig) -> Split:
    """The earliest rows train and the latest test; of equal times the rows stored first come first."""
    order = np.argsort(times, kind="stable")
    first, second = np.rint(len(times) * np.array([spec.train, spec.train + spec.val])).astype(np.int64)
    return Split(train=np.sort(order[:first]), val=np.sort(order[first:second]), test=np.sort(order[second:]))


def split_by_group(groups: npt.NDArray[np.float64], spec: SplitConfig) -> Split:
    """Whole groups, in an order drawn by the seed, each where its middle row falls by the spec's fractions."""
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = permutation(len(sizes), "split", spec.seed)
    middles = np.cumsum(sizes[order]) - sizes[order] / 2
    part = np.empty(len(sizes), dtype=np.int64)
    part[order] = np.searchsorted(len(groups) * np.array([spec.train, spec.train + spec.val]), middles, side="right")
    train, val, test = (np.flatnonzero(part[group] == number) for number in range(len(PARTS)))
    return Split(train=train, val=val, test=test)


SPLITTERS: dict[str, Callable[[npt.NDArray[np.float64], SplitConfig], Split]] = {
    "time": split_by_time,
    "group": split_by_group,
}
