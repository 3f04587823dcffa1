"""One line of the table of results."""

from dataclasses import dataclass

LESS_IS_BETTER = {"RMSE", "MAE", "word error rate", "character error rate", "perplexity"}


@dataclass(frozen=True, slots=True)
class Figure:
    """What ``name`` scored."""

    name: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """All values are ``metric`` on the same test rows; ``ours`` of one training a seed, which took so many ``seconds``.

    ``baseline`` is what needs no network, ``references`` are other libraries' models.
    """

    task: str
    data: str
    model: str
    metric: str
    ours: tuple[float, ...]
    baseline: Figure
    references: tuple[Figure, ...]
    seconds: float

    @property
    def mean(self) -> float:
        """Of ours over seeds."""
        return sum(self.ours) / len(self.ours)

    @property
    def ahead(self) -> tuple[Figure, ...]:
        """The others that score better than the mean of ours."""
        sign = -1 if self.metric in LESS_IS_BETTER else 1
        return tuple(other for other in (self.baseline, *self.references) if sign * (other.value - self.mean) > 0)
