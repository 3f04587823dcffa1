"""One line of the table of results."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

PLACES = 3
"""Decimal places of a figure in the table."""
LESS_IS_BETTER = {"RMSE", "MAE", "word error rate", "character error rate", "perplexity"}


@dataclass(frozen=True, slots=True)
class Figure:
    """What ``name`` scored."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Spread:
    """What trainings scored that differ in their seeds alone."""

    mean: float
    least: float
    greatest: float

    @classmethod
    def of(cls, scores: Sequence[float]) -> Self:
        return cls(sum(scores) / len(scores), min(scores), max(scores))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """All values are ``metric`` on the same test rows; ``ours`` of one training a seed, which took so many ``seconds``.

    ``baseline`` is what needs no network, ``references`` are other libraries' models.
    """

    task: str
    data: str
    model: str
    metric: str
    ours: Spread
    baseline: Figure
    references: tuple[Figure, ...]
    seconds: float

    @property
    def ahead(self) -> tuple[Figure, ...]:
        """The others that score better than the mean of ours, by what the table tells of both."""
        sign, mean = -1 if self.metric in LESS_IS_BETTER else 1, round(self.ours.mean, PLACES)
        others = (self.baseline, *self.references)
        return tuple(other for other in others if sign * (round(other.value, PLACES) - mean) > 0)
