"""What preprocessing needs to know about the training rows, and about no others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_engine.data.dataset import Dataset
from trainyard_engine.data.split import Rows

CHUNK_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class Statistics:
    """Means and population standard deviations; a deviation of zero is stated as 1, so dividing by it is safe.

    ``mean`` and ``std`` are per image channel, in units of 0 … 255, or per numeric column; empty for
    texts. ``target_mean`` and ``target_std`` are those of a regression's target, else 0 and 1.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    target_mean: float = 0.0
    target_std: float = 1.0


def fit_statistics(dataset: Dataset, train: Rows) -> Statistics:
    """The statistics of the rows ``train``, in float64, reading a few megabytes at a time."""
    if "text" in dataset.features:
        return Statistics(mean=(), std=())
    if "images" in dataset.features:
        mean, std = _of_channels(dataset.features["images"], train)
    else:
        mean, std = _of_columns(dataset.features["numeric"], train)
    if dataset.is_classification:
        return Statistics(mean=mean, std=std)
    (target_mean,), (target_std,) = _of_columns(dataset.target[:, None], train)
    return Statistics(mean=mean, std=std, target_mean=target_mean, target_std=target_std)


def _of_channels(images: npt.NDArray[np.uint8], rows: Rows) -> tuple[tuple[float, ...], tuple[float, ...]]:
    # Integer sums of bytes are exact, so the order of the rows cannot matter.
    total = squares = np.zeros(images.shape[1], dtype=np.uint64)
    for chunk in _chunks(images, rows):
        total = total + chunk.sum(axis=(0, 2, 3), dtype=np.uint64)
        squares = squares + np.square(chunk, dtype=np.uint32).sum(axis=(0, 2, 3), dtype=np.uint64)
    count = len(rows) * images.shape[2] * images.shape[3]
    mean = total / count
    return _as_tuples(mean, np.maximum(squares / count - mean**2, 0))


def _of_columns(columns: npt.NDArray[np.float32], rows: Rows) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Ignores NaN. A column without any value has mean 0."""
    width = columns.shape[1]
    total = count = squares = np.zeros(width)
    for chunk in _chunks(columns, rows):
        total = total + np.nansum(chunk, axis=0, dtype=np.float64)
        count = count + np.count_nonzero(~np.isnan(chunk), axis=0)
    count = np.maximum(count, 1)
    mean = total / count
    for chunk in _chunks(columns, rows):
        squares = squares + np.nansum((chunk - mean) ** 2, axis=0, dtype=np.float64)
    return _as_tuples(mean, squares / count)


def _chunks(array: npt.NDArray[Any], rows: Rows) -> Iterator[npt.NDArray[Any]]:
    bytes_per_row = max(1, array[:1].nbytes)
    size = max(1, CHUNK_BYTES // bytes_per_row)
    for start in range(0, len(rows), size):
        yield array[rows[start : start + size]]


def _as_tuples(mean: npt.NDArray[Any], variance: npt.NDArray[Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    std = np.sqrt(variance)
    return tuple(mean.tolist()), tuple(np.where(std > 0, std, 1.0).tolist())
