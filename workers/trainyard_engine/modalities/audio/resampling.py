"""Changes the rate of a sampled signal by a rational factor, with NumPy alone."""

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

ZERO_CROSSINGS = 10
"""Of the filter, on each side."""
KAISER_BETA = 5.0

Signal = npt.NDArray[np.float64]


def resampled_length(samples: int, *, source: int, target: int) -> int:
    """How many samples ``resample`` makes of so many."""
    return -(-samples * target // source)


def resample(signal: npt.NDArray[np.floating], *, source: int, target: int) -> Signal:
    """(samples,) at ``source`` Hz as float64 at ``target`` Hz; what lies outside the signal counts as silence.

    Rises by an integer, filters by a sinc under a Kaiser window (Kaiser, 1974) that lets through what both rates can
    carry, and falls by an integer; only the products that are kept are computed (Crochiere & Rabiner, "Multirate
    Digital Signal Processing", 1983). Filter and delay are those of ``scipy.signal.resample_poly``.
    """
    divisor = math.gcd(source, target)
    up, down = target // divisor, source // divisor
    if up == down:
        return signal.astype(np.float64)
    taps, delay = _filter(up, down)
    length, width = resampled_length(len(signal), source=source, target=target), taps.shape[1]
    # Behind the signal as much silence as the last of the samples looks ahead.
    padded = np.zeros(width - 1 + len(signal) + delay // up + 1)
    padded[width - 1 : width - 1 + len(signal)] = signal
    windows = np.lib.stride_tricks.sliding_window_view(padded, width)
    result = np.empty(length)
    for first in range(min(up, length)):
        newest, phase = divmod(first * down + delay, up)
        found = result[first::up]
        found[:] = windows[newest::down][: len(found)] @ taps[phase]
    return result


@lru_cache(maxsize=4)
def _filter(up: int, down: int) -> tuple[Signal, int]:
    """The taps of each of ``up`` phases, oldest sample first, and the delay in samples of the risen signal."""
    slower = max(up, down)
    delay = ZERO_CROSSINGS * slower
    place = np.arange(-delay, delay + 1) / slower
    kernel = np.sinc(place) * np.kaiser(2 * delay + 1, KAISER_BETA)
    kernel *= up / kernel.sum()
    width = -(-len(kernel) // up)
    taps = np.pad(kernel, (0, width * up - len(kernel))).reshape(width, up)
    return np.ascontiguousarray(taps[::-1].T), delay
