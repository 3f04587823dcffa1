"""What an architecture is told about the data it is built for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BuildContext:
    """``input_shape`` is (channels, height, width), (features,), of texts (most tokens,) or of series
    (most steps, channels); ``outputs`` the number of classes, of steps to forecast, or 1; ``vocabulary`` the number of
    different tokens, 0 where there are none.

    ``smallest_batch`` is the number of rows in the smallest batch of an epoch.
    """

    input_shape: tuple[int, ...]
    outputs: int
    dropout: float
    smallest_batch: int = 2
    vocabulary: int = 0
