"""What an architecture is told about the data it is built for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BuildContext:
    """``input_shape`` is (channels, height, width), (features,) or, of texts, (most tokens,); ``outputs`` the number of
    classes, or 1; ``vocabulary`` the number of different tokens; ``users`` and ``items`` are those met in training.

    ``smallest_batch`` is the number of rows in the smallest batch of an epoch.
    """

    input_shape: tuple[int, ...]
    outputs: int
    dropout: float
    smallest_batch: int = 2
    vocabulary: int = 0
    users: int = 0
    items: int = 0
