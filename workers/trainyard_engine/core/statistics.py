"""Statistics of the training rows, and of no others, that preprocessing needs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_engine.core.split import Rows
from trainyard_spec.preprocessing import PreprocessConfig

CHUNK_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class Statistics:
    """Inputs are (stored value - shift) / scale, per image channel, in units of 0 … 255, or per numeric column.

    ``fill`` is what a numeric column's missing values become before; empty for images. All three are empty for texts.
    ``target_mean`` and ``target_std`` are those of a regression's or a forecast's target, else 0 and 1;
    ``targets_mean`` and ``targets_std`` are those of each of several targets, else empty.
    ``target_change`` is by how much a forecast's target differs from the step before, in the mean, else 0.
    """

    shift: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    fill: tuple[float, ...] = ()
    target_mean: float = 0.0
    target_std: float = 1.0
    target_change: float = 0.0
    targets_mean: tuple[float, ...] = ()
    targets_std: tuple[float, ...] = ()


def image_statistics(images: npt.NDArray[np.uint8], train: Rows, spec: PreprocessConfig) -> Statistics:
    """Statistics of uint8 (rows, channels, height, width), over the rows ``train``; reads a few megabytes at a time."""
    if spec.scale == "min_max":
        return Statistics(*_range(images, train))
    return _unscaled(images.shape[1]) if spec.scale == "none" else Statistics(*_of_channels(images, train))


def table_statistics(numeric: npt.NDArray[np.floating], train: Rows, spec: PreprocessConfig) -> Statistics:
    """Statistics of float64 (rows, columns), over the rows ``train``; ignores NaN."""
    mean, deviation = _of_columns(numeric, train)
    fill = mean if spec.impute == "mean" else _medians(numeric, train)
    statistics = Statistics(mean, deviation)
    if spec.scale == "min_max":
        statistics = Statistics(*_range(numeric, train))
    elif spec.scale == "none":
        statistics = _unscaled(numeric.shape[1])
    return replace(statistics, fill=fill)


def with_target(statistics: Statistics, target: npt.NDArray[np.floating], train: Rows) -> Statistics:
    """``statistics`` with those of a regression's target, float64 (rows,) or (rows, targets), over ``train``."""
    if target.ndim > 1:
        means, deviations = _of_columns(target, train)
        return replace(statistics, targets_mean=means, targets_std=deviations)
    (mean,), (deviation,) = _of_columns(target[:, None], train)
    return replace(statistics, target_mean=mean, target_std=deviation)


def mean_change(values: npt.NDArray[np.floating], rows: Rows, offsets: Rows) -> float:
    """By how much a value, float64 (steps,), differs from the one before in its series, in the mean over ``rows``.

    ``rows`` are steps, ``offsets`` where series begin. Where no step has one before it in its series it is 0.
    """
    later = np.setdiff1d(rows, offsets, assume_unique=True)
    changes = np.abs(values[later].astype(np.float64) - values[later - 1])
    return float(changes.mean()) if len(changes) else 0.0


def _unscaled(width: int) -> Statistics:
    return Statistics(shift=(0.0,) * width, scale=(1.0,) * width)


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


def _of_columns(columns: npt.NDArray[np.floating], rows: Rows) -> tuple[tuple[float, ...], tuple[float, ...]]:
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


def _medians(columns: npt.NDArray[np.floating], rows: Rows) -> tuple[float, ...]:
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
