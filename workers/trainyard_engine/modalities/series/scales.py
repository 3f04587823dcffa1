"""Scales of each series, measured on its training part, so that series of different scale are learnt together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from trainyard_engine.core.split import Rows
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.modalities.interactions.item_index import Names
from trainyard_spec.preprocessing import PreprocessConfig
from trainyard_spec.series import SeriesConfig

Table = npt.NDArray[np.float64]
UNMET_SERIES = -1
"""The number of a series that training did not meet."""
ROUNDING = 1e-12
"""What a constant series seems to vary, by its size."""
STEPS_AT_ONCE = 1 << 18
ARRAYS = ("shift", "scale", "fill", "target_shift", "target_scale", "change")


@dataclass(frozen=True, slots=True)
class SeriesScales:
    """float64, a row for each series and a last one for all of them together; the last alone where series share one.

    Inputs are (value - ``shift``) / ``scale`` per channel (rows, channels), missing ones become ``fill`` before. A
    target is (value - ``target_shift``) / ``target_scale`` (rows,); of one that is told as its difference from the
    window's last value the shift is that value, and the scale that of the changes over a horizon. ``change`` (rows,)
    is by how much the target differs from the step before, in the mean. ``names`` are those of the series, if they
    have any.
    """

    shift: Table
    scale: Table
    fill: Table
    target_shift: Table
    target_scale: Table
    change: Table
    names: Names | None = None

    def numbers_of(self, names: Sequence[str | None]) -> npt.NDArray[np.int64]:
        """int64 (names,): of which series each is, ``UNMET_SERIES`` where it matters and cannot be told."""
        if len(self.shift) == 1:
            return np.zeros(len(names), dtype=np.int64)
        wanted = set(names)
        found = {name: number for number, name in enumerate(self.names or ()) if name in wanted}
        return np.array([found.get(name or "", UNMET_SERIES) for name in names], dtype=np.int64)

    def tensors(self) -> dict[str, Tensor]:
        """All of it, as it is stored."""
        arrays: dict[str, npt.NDArray[Any]] = {name: getattr(self, name) for name in ARRAYS}
        if self.names is not None:
            arrays |= {"names": self.names.content, "names_offsets": self.names.offsets}
        return {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Self:
        """What ``tensors`` gave. Raises ``KeyError`` where a part is missing."""
        arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
        names = Names(arrays["names"], arrays["names_offsets"]) if "names" in arrays else None
        return cls(**{name: arrays[name] for name in ARRAYS}, names=names)

    @classmethod
    def shared(cls, statistics: Statistics) -> Self:
        """One row of ``statistics`` for all series: models that were made before series had scales of their own."""
        return cls(
            shift=np.array([statistics.shift]),
            scale=np.array([statistics.scale]),
            fill=np.array([statistics.fill]),
            target_shift=np.array([statistics.target_mean]),
            target_scale=np.array([statistics.target_std]),
            change=np.array([statistics.target_change]),
        )


def measure_scales(
    values: npt.NDArray[Any],
    trained_on: Rows,
    offsets: Rows,
    statistics: Statistics,
    *,
    series: SeriesConfig,
    preprocess: PreprocessConfig,
    names: Names | None,
) -> SeriesScales:
    """Scales of ``values`` (steps, channels) over the steps ``trained_on``, in float64, from ``statistics`` of all.

    ``offsets`` are where series begin and the last one ends.
    """
    shared, count = SeriesScales.shared(statistics), len(offsets) - 1
    numbers = np.searchsorted(offsets, trained_on, side="right") - 1
    target = values[trained_on, 0].astype(np.float64)
    change, moved = _changes(target, numbers, count, horizon=series.horizon)
    moved = _positive(moved, moved[-1], shared.target_scale)
    if series.scaling != "per_series" or count == 1:
        return replace(
            shared, target_scale=moved[-1:] if series.residual else shared.target_scale, change=change, names=names
        )
    own = _of_each(values, offsets[:-1], np.bincount(numbers, minlength=count), preprocess)
    return SeriesScales(
        shift=_filled(own.shift, shared.shift),
        scale=_filled(_positive_or_none(own.scale), shared.scale),
        fill=_filled(own.fill, shared.fill),
        target_shift=_filled(own.target_shift, shared.target_shift),
        target_scale=moved if series.residual else _filled(_positive_or_none(own.target_scale), shared.target_scale),
        change=change,
        names=names,
    )


def _changes(target: Table, numbers: Rows, count: int, *, horizon: int) -> tuple[Table, Table]:
    """By how much the target differs from the step before, in the mean, and from a horizon before, as the root of the
    mean square: (series + 1,), the last of all together, 0 where nothing is that far apart."""

    def mean_of(measure: Callable[[Table], Table], lag: int) -> Table:
        same = numbers[lag:] == numbers[:-lag]
        changed, among = measure((target[lag:] - target[:-lag])[same]), numbers[lag:][same]
        totals = np.bincount(among, weights=changed, minlength=count)
        counts = np.bincount(among, minlength=count)
        means: Table = np.append(totals, totals.sum()) / np.maximum(np.append(counts, counts.sum()), 1)
        return means

    far, near = (np.sqrt(mean_of(np.square, lag)) for lag in (horizon, 1))
    # A series that is shorter than a horizon is taken for a random walk.
    return mean_of(np.abs, 1), _positive(far, near * np.sqrt(horizon))


def _of_each(values: npt.NDArray[Any], starts: Rows, lengths: Rows, preprocess: PreprocessConfig) -> SeriesScales:
    """Statistic of the first ``lengths`` steps of each series, short ones many at a time; NaN where there are none.

    The scale of a constant one is 0.
    """
    shape = (len(starts), values.shape[1])
    mean, std, shift, scale, fill = (np.full(shape, np.nan) for _ in range(5))
    measured = np.flatnonzero(lengths)
    groups = np.cumsum(lengths[measured]) // STEPS_AT_ONCE
    for group in np.split(measured, np.flatnonzero(np.diff(groups)) + 1):
        steps = np.repeat(starts[group], lengths[group]) + _within(lengths[group])
        block, begins = values[steps].astype(np.float64), np.cumsum(lengths[group]) - lengths[group]
        present = ~np.isnan(block)
        counts = np.add.reduceat(present, begins, dtype=np.int64)
        with np.errstate(invalid="ignore"):  # no value at all: NaN
            mean[group] = np.add.reduceat(np.where(present, block, 0.0), begins) / counts
            squares = np.square(block - np.repeat(mean[group], lengths[group], axis=0))
            std[group] = np.sqrt(np.add.reduceat(np.where(present, squares, 0.0), begins) / counts)
        std[group] = np.where(std[group] > ROUNDING * np.abs(mean[group]), std[group], 0.0)
        shift[group] = np.fmin.reduceat(block, begins)
        scale[group] = np.fmax.reduceat(block, begins) - shift[group]
        if preprocess.impute == "median":
            fill[group] = [_medians(part) for part in np.split(block, begins[1:])]
    if preprocess.scale == "standardize":
        shift, scale = mean, std
    elif preprocess.scale == "none":
        shift, scale = np.zeros(shape), np.ones(shape)
    fill = mean if preprocess.impute == "mean" else fill
    return SeriesScales(shift, scale, fill, target_shift=mean[:, 0], target_scale=std[:, 0], change=np.zeros(0))


def _medians(steps: Table) -> Table:
    """Medians of each channel; NaN where it has no value."""
    return np.array(
        [np.median(column[~np.isnan(column)]) if not np.isnan(column).all() else np.nan for column in steps.T]
    )


def _filled(own: Table, shared: Table) -> Table:
    """The rows of the series, what they lack from the one of all, which comes last."""
    return np.concatenate((np.where(np.isnan(own), shared, own), shared))


def _positive_or_none(scale: Table) -> Table:
    """A scale of 0 is lacking."""
    return np.where(scale > 0, scale, np.nan)


def _positive(first: Table, *others: Any) -> Table:
    """At each place the first number above 0, and 1 where there is none."""
    for other in (*others, 1.0):
        first = np.where(first > 0, first, other)
    return first


def _within(lengths: Rows) -> Rows:
    """0, 1, … for each length, one after the other."""
    within: Rows = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return within
