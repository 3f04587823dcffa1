"""Findings about a compiled dataset before anybody trains on it: imbalance, duplicates, leakage."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_spec.datasets import CompiledDataset, TableProfile, has_labels
from trainyard_spec.tagged_texts import TokenProfile

MOST_ROWS = 100_000
"""So many rows are looked at, evenly over all."""
MOST_COLUMNS = 200
LEAST_ROWS = 50
"""Of fewer, a column that tells the target may do so by chance."""
IMBALANCED = 10.0
"""The largest class has so many times the rows of the smallest."""
DUPLICATED = 0.01
CORRELATED = 0.9999


class FindingCode(StrEnum):
    IMBALANCE = "imbalance"
    DUPLICATES = "duplicates"
    LEAKAGE = "leakage"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFinding:
    """``amount`` is what the code counts: times as many rows, a share of rows, or 1 for a column that tells all."""

    code: FindingCode
    column: str | None = None
    amount: float
    message: str


def findings(dataset: CompiledDataset, directory: Path) -> list[dict[str, Any]]:
    """Findings of the dataset in ``directory``, as JSON."""
    found = [*_imbalance(dataset), *_duplicates(dataset, directory), *_leakage(dataset, directory)]
    return [asdict(finding) for finding in found]


def _imbalance(dataset: CompiledDataset) -> Iterator[DatasetFinding]:
    counts = [count for count in dataset.class_counts if count]
    if len(counts) < 2 or has_labels(dataset.profile) or isinstance(dataset.profile, TokenProfile):
        return
    times = max(counts) / min(counts)
    if times >= IMBALANCED:
        largest, smallest = (dataset.classes[dataset.class_counts.index(pick(counts))] for pick in (max, min))
        message = (
            f"{largest} has {times:.0f} times as many rows as {smallest}. A model may do well by saying {largest}: look"
            " at each class, and think of class weights."
        )
        yield DatasetFinding(code=FindingCode.IMBALANCE, amount=times, message=message)


def _duplicates(dataset: CompiledDataset, directory: Path) -> Iterator[DatasetFinding]:
    rows = _looked_at(dataset.rows)
    digests = DIGESTS.get(dataset.profile.kind)
    if digests is None:
        return
    seen = {blake2b(content, digest_size=16).digest() for content in digests(directory, rows)}
    share = 1 - len(seen) / max(len(rows), 1)
    if share >= DUPLICATED:
        message = (
            f"{share:.0%} of the rows are there more than once. Where one is in training and its twin in the test, the"
            " test is too easy: remove them, or keep them together by a group column."
        )
        yield DatasetFinding(code=FindingCode.DUPLICATES, amount=share, message=message)


def _of_images(directory: Path, rows: npt.NDArray[np.intp]) -> Iterator[bytes]:
    images = _array(directory, "images")
    return (images[row].tobytes() for row in rows.tolist())


def _of_texts(directory: Path, rows: npt.NDArray[np.intp]) -> Iterator[bytes]:
    content, offsets = _array(directory, "text"), _array(directory, "text_offsets")
    return (content[offsets[row] : offsets[row + 1]].tobytes() for row in rows.tolist())


def _of_words(directory: Path, rows: npt.NDArray[np.intp]) -> Iterator[bytes]:
    content, bounds, offsets = (_array(directory, name) for name in ("word", "word_offsets", "tag_offsets"))
    for row in rows.tolist():
        begin, end = offsets[row], offsets[row + 1]
        yield np.diff(bounds[begin : end + 1]).tobytes() + content[bounds[begin] : bounds[end]].tobytes()


def _of_table(directory: Path, rows: npt.NDArray[np.intp]) -> Iterator[bytes]:
    parts = [_array(directory, name) for name in ("numeric", "categorical", "target")]
    return (b"".join(part[row].tobytes() for part in parts) for row in rows.tolist())


DIGESTS: dict[str, Callable[[Path, npt.NDArray[np.intp]], Iterator[bytes]]] = {
    "images": _of_images,
    "text": _of_texts,
    "tokens": _of_words,
    "table": _of_table,
}
"""What makes two rows the same, by the kind of profile."""


def _leakage(dataset: CompiledDataset, directory: Path) -> Iterator[DatasetFinding]:
    """Columns of a table that alone tell the one target: mostly they were made from it, and are not known in use."""
    profile = dataset.profile
    if not isinstance(profile, TableProfile) or profile.targets or profile.multi_label or dataset.rows < LEAST_ROWS:
        return
    rows = _looked_at(dataset.rows)
    target = _array(directory, "target")[rows]
    places = {"numeric": 0, "categorical": 0}
    for column in profile.columns[:MOST_COLUMNS]:
        place = places[column.kind]
        places[column.kind] += 1
        values = _array(directory, column.kind)[rows, place]
        if column.kind == "categorical":
            tells = bool(dataset.classes) and _tells_class(values, target)
        else:
            tells = _separates(values, target) if dataset.classes else _follows(values, target)
        if tells:
            message = (
                f"{column.name} alone tells {profile.target}. If it is not known before {profile.target} is, leave it"
                " out: the model would look better than it is."
            )
            yield DatasetFinding(code=FindingCode.LEAKAGE, column=column.name, amount=1.0, message=message)


def _tells_class(values: npt.NDArray[Any], target: npt.NDArray[Any]) -> bool:
    """Each category occurs with one class only, and often enough for that to be no chance."""
    pairs = np.unique(np.stack((values, target.astype(values.dtype)), axis=1), axis=0)
    categories = len(np.unique(values))
    return len(pairs) == categories > 1 and len(values) >= 10 * categories


def _separates(values: npt.NDArray[Any], target: npt.NDArray[Any]) -> bool:
    """The classes' ranges of values do not touch."""
    if np.isnan(values).any():
        return False
    ranges = sorted((values[target == each].min(), values[target == each].max()) for each in np.unique(target))
    return len(ranges) > 1 and all(low[1] < high[0] for low, high in pairwise(ranges))


def _follows(values: npt.NDArray[Any], target: npt.NDArray[Any]) -> bool:
    """A straight line through the values gives the target."""
    known = np.isfinite(values)
    if known.sum() < LEAST_ROWS or np.ptp(values[known]) == 0 or np.ptp(target[known]) == 0:
        return False
    return bool(abs(np.corrcoef(values[known], target[known])[0, 1]) > CORRELATED)


def _looked_at(rows: int) -> npt.NDArray[np.intp]:
    return np.unique(np.linspace(0, rows - 1, min(rows, MOST_ROWS)).astype(np.intp))


def _array(directory: Path, name: str) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.load(directory / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return array
