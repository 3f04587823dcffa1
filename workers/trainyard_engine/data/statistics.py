"""What preprocessing needs to know about the training rows, and about no others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_engine.data.dataset import Dataset
from trainyard_engine.data.split import Rows
from trainyard_spec.training import PreprocessSpec

CHUNK_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class Statistics:
    """Inputs are (stored value - shift) / scale, per image channel, in units of 0 … 255, or per numeric column.

    ``fill`` is what a numeric column's missing values become before; empty for images. All three are empty for texts.
    ``target_mean`` and ``target_std`` are those of a regression's target, else 0 and 1.
    """

    shift: tuple[float, ...]
    scale: tuple[float, ...]
    fill: tuple[float, ...] = ()
    target_mean: float = 0.0
    target_std: float = 1.0


def fit_statistics(dataset: Dataset, train: Rows, spec: PreprocessSpec) -> Statistics:
    """The statistics of the rows ``train``, in float64, reading a few megabytes or one column at a time."""
    if "text" in dataset.features:
        return Statistics(shift=(), scale=())
    if "images" in dataset.features:
        images = dataset.features["images"]
        fill: tuple[float, ...] = ()
        moments, width = _of_channels(images, train), images.shape[1]
    else:
        numeric = dataset.features["numeric"]
        moments, width = _of_columns(numeric, train), numeric.shape[1]
        fill = moments[0] if spec.impute == "mean" else _medians(numeric, train)
    if spec.scale == "none":
        shift, scale = (0.0,) * width, (1.0,) * width
    elif spec.scale == "min_max":
        shift, scale = _range(dataset.features["images" if "images" in dataset.features else "numeric"], train)
    else:
        shift, scale = moments
    if dataset.is_classification:
        return Statistics(shift=shift, scale=scale, fill=fill)
    (target_mean,), (target_std,) = _of_columns(dataset.target[:, None], train)
    return Statistics(shift=shift, scale=scale, fill=fill, target_mean=target_mean, target_std=target_std)


def _of_channels(images: npt.NDArray[np.uint8], rows: Rows) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Means and population standard deviations."""
    # Integer sums of bytes are exact, so the order of the rows cannot matter.
    total = squares = np.zeros(images.shape[1], dtype=np.uint64)
    for chunk in _chunks(images, rows):
        total = total + chunk.sum(axis=(0, 2, 3), dtype=np.uint64)
        squares = squares + np.square(chunk, dtype=np.uint32).sum(axis=(0, 2, 3), dtype=np.uint64)
    count = len(rows) * images.shape[2] * images.shape[3]
    mean = total / count
    return _as_shift_and_scale(mean, np.sqrt(np.maximum(squares / count - mean**2, 0)))


def _of_columns(columns: npt.NDArray[np.float32], rows: Rows) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Means and population standard deviations; ignores NaN. A column without any value has mean 0."""
    width = columns.shape[1]
    total = count = squares = np.zeros(width)
    for chunk in _chunks(columns, rows):
        total = total + np.nansum(chunk, axis=0, dtype=np.float64)
        count = count + np.count_nonzero(~np.isnan(chunk), axis=0)
    count = np.maximum(count, 1)
    mean = total / count
    for chunk in _chunks(columns, rows):
        squares = squares + np.nansum((chunk - mean) ** 2, axis=0, dtype=np.float64)
    return _as_shift_and_scale(mean, np.sqrt(squares / count))


def _range(array: npt.NDArray[Any], rows: Rows) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Smallest value, and distance from it to the largest, of each channel or column; ignores NaN."""
    low, high = np.full(array.shape[1], np.inf), np.full(array.shape[1], -np.inf)
    others = tuple(axis for axis in range(array.ndim) if axis != 1)
    for chunk in _chunks(array, rows):
        low = np.fmin(low, np.fmin.reduce(chunk, axis=others))
        high = np.fmax(high, np.fmax.reduce(chunk, axis=others))
    is_empty = low > high
    return _as_shift_and_scale(np.where(is_empty, 0.0, low), np.where(is_empty, 0.0, high - low))


def _medians(columns: npt.NDArray[np.float32], rows: Rows) -> tuple[float, ...]:
    """Ignores NaN. A column without any value has median 0."""
    medians = []
    for number in range(columns.shape[1]):
        column = columns[rows, number]
        present = column[~np.isnan(column)]
        medians.append(float(np.median(present)) if len(present) else 0.0)
    return tuple(medians)


def _chunks(array: npt.NDArray[Any], rows: Rows) -> Iterator[npt.NDArray[Any]]:
    bytes_per_row = max(1, array[:1].nbytes)
    size = max(1, CHUNK_BYTES // bytes_per_row)
    for start in range(0, len(rows), size):
        yield array[rows[start : start + size]]


def _as_shift_and_scale(
    shift: npt.NDArray[Any], scale: npt.NDArray[Any]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """A scale of zero becomes 1, so that dividing by it is safe."""
    return tuple(shift.tolist()), tuple(np.where(scale > 0, scale, 1.0).tolist())
