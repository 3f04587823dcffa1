"""How much the dashboard is measured with, and by which names it is found."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EMAIL, PASSWORD = "bench@example.org", "a long enough phrase"
JOBS, NAMES, RUNS, POINTS = 10_000, 5_000, 200, 1_000_000
STEPS_OF_MANY, STEPS_OF_RUNS = 20, 300
REPORTED_AT_ONCE = 1_000
SPIKES = 25
A_MESSAGE = 1_000
"""Names in one message of an engine, at most."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """``values`` are the points of the job ``long``, step by step."""

    long: str
    wide: str
    runs: tuple[str, ...]
    values: NDArray[np.float32]
