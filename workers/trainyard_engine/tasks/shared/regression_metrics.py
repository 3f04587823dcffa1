"""Metrics of predicted numbers by scikit-learn's definitions, added up in float64 and without absolute tolerances."""

import math

import torch
from torch import Tensor


class NumberScores:
    """What predictions and true values, float64 of any one shape, add up to; keeps none of them."""

    def __init__(self) -> None:
        self._count = 0
        self._mean = self._scatter = 0.0
        self._squares = self._distances = self._shares = self._even_shares = 0.0
        self._lowest, self._highest = math.inf, -math.inf
        self._has_zeros = False

    def add(self, predicted: Tensor, truth: Tensor) -> None:
        predicted, truth = predicted.flatten().cpu(), truth.flatten().cpu()
        errors = (predicted - truth).abs()
        size = truth.abs()
        self._squares += errors.square().sum().item()
        self._distances += errors.sum().item()
        self._has_zeros |= bool((truth == 0).any())
        self._lowest, self._highest = min(self._lowest, truth.min().item()), max(self._highest, truth.max().item())
        self._shares += (errors / size).sum().item()
        # Where both are 0 they are equal, and 0 / 0 is not.
        self._even_shares += torch.where(errors == 0, 0.0, 2 * errors / (size + predicted.abs())).sum().item()
        self._add_scatter(truth)

    def _add_scatter(self, truth: Tensor) -> None:
        """Merges means and sums of squares around them (Chan, Golub & LeVeque, 1979)."""
        count, mean = len(truth), truth.mean().item()
        apart, together = mean - self._mean, self._count + count
        self._scatter += (truth - mean).square().sum().item() + apart**2 * (self._count * count / together)
        self._mean += apart * (count / together)
        self._count = together

    def result(self) -> dict[str, float]:
        """``mse``, ``rmse`` and ``mae`` in the values' units; ``smape``, from 0 to 2; ``mape`` unless a true value is
        0, ``r2`` unless all are the same. Percentages are shares of one."""
        found = {
            "mse": self._squares / self._count,
            "rmse": math.sqrt(self._squares / self._count),
            "mae": self._distances / self._count,
            "smape": self._even_shares / self._count,
        }
        if not self._has_zeros:
            found["mape"] = self._shares / self._count
        if self._lowest < self._highest:
            found["r2"] = 1 - self._squares / self._scatter
        return found
