"""Number of rows in each part of a split, and the message about a part without rows."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from trainyard_spec.base import RuleViolation
from trainyard_spec.datasets import PARTS, DatasetSummary, has_labels
from trainyard_spec.splits import SplitConfig
from trainyard_spec.tasks import Task
from trainyard_spec.training import TrainingSpec


class PartSizes(NamedTuple):
    train: int
    val: int
    test: int


def part_sizes(spec: TrainingSpec, data: DatasetSummary) -> PartSizes | None:
    """Sizes of the parts of the split of ``spec``: exactly the engine's, or None where only the rows tell."""
    if spec.task == Task.TIME_SERIES_FORECASTING:
        return None
    if spec.split.by == "time":
        return sizes_by_time(data.rows, spec.split)
    if spec.split.by == "given":
        return sizes_as_given(data.given_rows, spec.split, has_classes=spec.task.is_classification)
    if spec.split.by != "random" or spec.task == Task.RECOMMENDATION or has_labels(data.profile):
        return None
    if spec.task.is_classification:
        return sizes_by_chance(data.class_counts, spec.split, everywhere=True) if data.class_counts else None
    return sizes_by_chance([data.rows], spec.split)


def sizes_as_given(
    rows: tuple[int, int, int] | None, split: SplitConfig, *, has_classes: bool = False
) -> PartSizes | None:
    """Where nothing validates, rows are drawn from those that train: how many is known if they have no classes."""
    if rows is None:
        return None
    train, val, test = rows
    if val or not train:
        return PartSizes(train, val, test)
    if has_classes:
        return None
    drawn = min(round(train * (split.val / (split.train + split.val))), train - 1)
    return PartSizes(train - drawn, drawn, test)


def sizes_by_time(rows: int, split: SplitConfig) -> PartSizes:
    trained, validated = round(rows * split.train), round(rows * (split.train + split.val))
    return PartSizes(trained, validated - trained, rows - validated)


def sizes_by_chance(counts: Sequence[int], split: SplitConfig, *, everywhere: bool = False) -> PartSizes:
    """Sizes of the parts of rows of so many labels, ``counts`` of each, as the engine's ``split_rows`` deals them."""
    counts = [count for count in counts if count]
    least = [1 if everywhere and count >= len(PARTS) else 0 for count in counts]
    val = [
        min(share, count - 1 - one)
        for share, count, one in zip(_shares(counts, split.val, least), counts, least, strict=True)
    ]
    test = [
        min(share, count - 1 - taken)
        for share, count, taken in zip(_shares(counts, split.test, least), counts, val, strict=True)
    ]
    return PartSizes(sum(counts) - sum(val) - sum(test), sum(val), sum(test))


def _shares(counts: Sequence[int], fraction: float, least: Sequence[int]) -> list[int]:
    """Rounded as running totals, so that the whole is in proportion too."""
    totals = accumulate(max(count * fraction, one) for count, one in zip(counts, least, strict=True))
    rounded = (later - earlier for earlier, later in pairwise([0, *map(round, totals)]))
    return [max(share, one) for share, one in zip(rounded, least, strict=True)]


def empty_parts(sizes: PartSizes, *, given: bool = False) -> Iterator[RuleViolation]:
    """A problem for each part without rows; ``given``: the data say which rows it has."""
    for part, size in zip(PARTS, sizes, strict=True):
        if size == 0:
            yield RuleViolation(
                f"split.{part}",
                f"The data give no row to the {part} part of the split."
                if given
                else f"{sum(sizes)} rows are too few: the {part} part of the split would be empty.",
                "Mark rows for it, or split at random." if given else f"Add rows, or raise split.{part}.",
                "dataset_too_small",
            )
