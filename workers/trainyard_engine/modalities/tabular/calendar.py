"""Calendar features of dates: Fourier terms of the year, the week and the day (Hyndman & Athanasopoulos 2021, 7.4).

A date is one number, seconds since 1970 in UTC, which tells a trend and no season. Of each cycle that the training rows
go through, sine and cosine of its first harmonics stand beside that number: three of a week tell all of its days apart.
Source: https://otexts.com/fpp3/useful-predictors.html#fourier-series
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Cycle = Literal["year", "week", "day"]
DAY = 86_400.0
TIMES_A_CYCLE = 2
"""How often, in the mean, a column must tell a time within a cycle: months tell of the year, and not of the week."""


@dataclass(frozen=True, slots=True)
class CycleTerms:
    """``seconds`` of a cycle, and how many of its harmonics are features."""

    seconds: float
    harmonics: int


CYCLES: dict[Cycle, CycleTerms] = {
    "year": CycleTerms(365.2425 * DAY, harmonics=2),
    "week": CycleTerms(7 * DAY, harmonics=3),
    "day": CycleTerms(DAY, harmonics=2),
}


def cycles_of(dates: npt.NDArray[np.floating]) -> tuple[Cycle, ...]:
    """Cycles that ``dates``, seconds since 1970, float64 (rows,), NaN where none, go through whole and often enough."""
    times = np.unique(dates[~np.isnan(dates)])
    span = float(times[-1] - times[0]) if len(times) else 0.0
    return tuple(
        cycle
        for cycle, terms in CYCLES.items()
        if span >= terms.seconds and len(times) >= TIMES_A_CYCLE * span / terms.seconds
    )


class CalendarColumns:
    """Numeric float64 (batch, columns) to the float32 (batch, ``width``) of ``cycles``, those of each column.

    A missing date is 0 in all of them, which is the mean over a whole cycle.
    """

    def __init__(self, cycles: Sequence[Sequence[Cycle]], device: torch.device) -> None:
        terms = [
            (place, CYCLES[cycle].seconds, 2 * math.pi * number / CYCLES[cycle].seconds)
            for place, of_column in enumerate(cycles)
            for cycle in of_column
            for number in range(1, CYCLES[cycle].harmonics + 1)
        ]
        self.width = 2 * len(terms)
        self._places = torch.tensor([place for place, _, _ in terms], dtype=torch.int64, device=device)
        self._seconds = torch.tensor([seconds for _, seconds, _ in terms], dtype=torch.float64, device=device)
        self._rates = torch.tensor([rate for _, _, rate in terms], dtype=torch.float64, device=device)

    def __call__(self, numeric: Tensor) -> Tensor:
        angles = torch.remainder(numeric[:, self._places], self._seconds) * self._rates
        return torch.cat((angles.sin(), angles.cos()), dim=1).nan_to_num(0.0).float()
