"""Regression: losses on the standardized target, metrics in its units, and L1 and L2 penalties."""

from collections.abc import Iterable
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.evaluation import EVALUATION_ROWS, Metrics
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Record
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.tasks.shared.regression_metrics import NumberScores
from trainyard_spec.training import RegularizationConfig, TrainingSpec


class RegressionLoss(Protocol):
    """One of torch's, between tensors of one shape."""

    def __call__(self, outputs: Tensor, target: Tensor, /, *, reduction: str) -> Tensor: ...


REGRESSION_LOSSES: dict[str, RegressionLoss] = {
    "auto": functional.mse_loss,
    "mse": functional.mse_loss,
    "mae": functional.l1_loss,
    "huber": functional.huber_loss,
}


def mean_of(tensors: Iterable[Tensor]) -> Tensor:
    """Mean of at least one tensor; holds two of them at a time."""
    total, count = torch.zeros(()), 0
    for tensor in tensors:
        total, count = total + tensor, count + 1
    return total / count


def standardized(target: Tensor, mean: float, deviation: float) -> Tensor:
    """In float64, for what tells values apart may stand behind digits that a float32 does not hold."""
    return (target.double() - mean) / deviation


class Regression:
    """Losses between standardized values; ``outputs`` are float32 (batch, 1), targets float64 (batch,)."""

    def __init__(self, spec: TrainingSpec, statistics: Statistics) -> None:
        self._loss = REGRESSION_LOSSES[spec.training.loss]
        self._mean, self._std = statistics.target_mean, statistics.target_std
        self.outputs = 1
        self.evaluation_rows = EVALUATION_ROWS

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        """A training step minimizes the mean over rows, in standardized units."""
        total = self._loss(
            outputs.squeeze(1), standardized(target, self._mean, self._std).to(outputs.dtype), reduction="sum"
        )
        return WeightedSum(total, self.weight(target))

    def weight(self, target: Tensor) -> float:
        """The rows."""
        return len(target)

    def average(self, outputs: Iterable[Tensor]) -> Tensor:
        """The mean of several outputs, float64 (batch, 1)."""
        return mean_of(values.double() for values in outputs)

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """A regression has none beside its loss."""
        return {}

    def evaluation(self, *, final: bool, record: Record | None = None) -> "NumberEvaluation":
        return NumberEvaluation(self, record=record)

    def values(self, outputs: Tensor) -> Tensor:
        """Predictions in the target's units, float64 (batch,)."""
        return outputs.squeeze(1).double() * self._std + self._mean


class NumberObjective(Protocol):
    """What learns numbers, and tells them in the target's units."""

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum: ...

    def values(self, outputs: Tensor) -> Tensor: ...


class NumberEvaluation:
    """Over all values: ``loss`` in standardized units, and what ``NumberScores`` says in the target's."""

    def __init__(self, objective: "NumberObjective", *, record: Record | None = None) -> None:
        self._objective = objective
        self._scores = NumberScores()
        self._loss = self._weight = 0.0
        self._record = record

    def add(self, model: LoadedModel, batch: Batch) -> None:
        self.judge(model.outputs(batch.raw), batch.target)

    @torch.inference_mode()
    def judge(self, outputs: Tensor, target: Tensor) -> None:
        """Takes in what the objective's ``loss`` compares."""
        loss = self._objective.loss(outputs.double(), target.double())
        self._loss += loss.total.item()
        self._weight += float(loss.weight)
        predicted, truth = self._objective.values(outputs), target.double()
        self._scores.add(predicted, truth)
        if self._record:
            told = {"truth": truth.flatten().tolist(), "prediction": predicted.flatten().tolist()}
            self._record(len(target), told)

    def result(self) -> tuple[Metrics, None]:
        return {"loss": self._loss / self._weight, **self._scores.result()}, None


@torch.no_grad()
def add_penalty_gradients(parameters: Iterable[Tensor], spec: RegularizationConfig) -> None:
    """Adds the gradients of ``l1 * sum(|w|)`` and of ``l2 / 2 * sum(w ** 2)`` over kernels.

    Biases and the shifts and scales of norms (one dimension) are not penalized.
    """
    for parameter in parameters:
        if parameter.grad is None or parameter.ndim < 2:
            continue
        if spec.l1:
            parameter.grad.add_(parameter.sign(), alpha=spec.l1)
        if spec.l2:
            parameter.grad.add_(parameter, alpha=spec.l2)
