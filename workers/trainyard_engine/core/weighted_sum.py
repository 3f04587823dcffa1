"""Weighted sums, the parts that a weighted mean is put together from, however its rows are grouped.

The mean of means is not the mean where parts weigh differently: by classes, by tokens that are no padding.
"""

from typing import NamedTuple

from torch import Tensor


class WeightedSum(NamedTuple):
    """``total`` is the sum of ``w * x`` over some rows, a scalar; ``weight`` is that of ``w``."""

    total: Tensor
    weight: Tensor | float

    @property
    def mean(self) -> Tensor:
        """Mean of the rows alone, a scalar."""
        return self.total / self.weight

    def plus(self, other: "WeightedSum") -> "WeightedSum":
        """Over the rows of both."""
        return WeightedSum(self.total + other.total, self.weight + other.weight)

    def detach(self) -> "WeightedSum":
        """Without the graph of its gradients."""
        return WeightedSum(self.total.detach(), self.weight)
