"""Sample rate conversion, band-limited, by the SoX resampler library."""

import numpy as np
import numpy.typing as npt
import soxr

QUALITY = "HQ"
"""20 bits: what aliases lies below the 16 of stored samples."""

Signal = npt.NDArray[np.float64]


def resampled_length(samples: int, *, source: int, target: int) -> int:
    """How many samples ``resample`` makes of so many."""
    return -(-samples * target // source)


def resample(signal: npt.NDArray[np.floating], *, source: int, target: int) -> Signal:
    """Brings a signal to another sample rate; what lies outside it counts as silence.

    Parameters
    ----------
    signal
        (samples,), of any floating type.
    source, target
        Sample rates before and after, in Hz.

    Returns
    -------
    float64 (``resampled_length``,), with linear phase: nothing is delayed.
    """
    if source == target:
        return signal.astype(np.float64)
    result = np.zeros(resampled_length(len(signal), source=source, target=target))
    found = soxr.resample(signal.astype(np.float64), source, target, quality=QUALITY)[: len(result)]
    result[: len(found)] = found
    return result
