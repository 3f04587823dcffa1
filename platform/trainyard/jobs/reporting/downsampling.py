"""Min–max downsampling of series, which preserves peaks that sampling or averaging would hide."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

STEPS = np.dtype("<i8")
VALUES = np.dtype("<f8")
Steps = NDArray[np.int64]
Values = NDArray[np.float64]


def downsample(values: Values, max_points: int) -> NDArray[np.intp]:
    """Indices of at most ``max_points`` of ``values``: first, last, and minimum and maximum of each interval.

    A NaN counts as the minimum of its interval, so that it stays visible.
    """
    if len(values) <= max_points:
        return np.arange(len(values))
    stretches = (max_points - 2) // 2
    if stretches == 0:
        return np.array([0, len(values) - 1])
    return _extremes(values, np.linspace(1, len(values) - 1, stretches + 1).astype(np.intp))


def extremes(values: Values, *, stretch: int) -> NDArray[np.intp]:
    """As ``downsample``, of at least two ``values``, with stretches of at most ``stretch`` of them."""
    return _extremes(values, np.array([*range(1, len(values) - 1, stretch), len(values) - 1], np.intp))


def bounds(values: Values, chosen: NDArray[np.intp]) -> tuple[Values, Values]:
    """The lowest and the highest number of ``values`` from each of the growing indices ``chosen`` up to the next one.

    NaN where there is none; the first of ``chosen`` is 0, as ``downsample`` gives them.
    """
    if len(chosen) == 0:
        return values[:0], values[:0]
    return np.fmin.reduceat(values, chosen), np.fmax.reduceat(values, chosen)


def counted_once(steps: Steps, values: Values) -> tuple[Steps, Values]:
    """Points in the order of their steps. A step that was reported twice counts as it was reported last."""
    if not np.any(steps[1:] <= steps[:-1]):
        return steps, values
    steps, last_seen = np.unique(steps[::-1], return_index=True)
    return steps, values[::-1][last_seen]


def _extremes(values: Values, bounds: NDArray[np.intp]) -> NDArray[np.intp]:
    comparable = np.where(np.isnan(values), -np.inf, values)
    inner = [
        extreme
        for start, stop in pairwise(bounds)
        for extreme in (start + comparable[start:stop].argmin(), start + comparable[start:stop].argmax())
    ]
    return np.unique(np.array([0, *inner, len(values) - 1], np.intp))
