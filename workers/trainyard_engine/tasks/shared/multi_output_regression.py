"""Multi-output regression: a loss over several standardized targets, each judged in its own units."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.evaluation import EVALUATION_ROWS, Metrics
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Record
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.tasks.shared.regression import REGRESSION_LOSSES, mean_of
from trainyard_engine.tasks.shared.regression_metrics import NumberScores
from trainyard_spec.training import TrainingSpec

MOST_TARGETS_TOLD = 100
"""Of more targets the metrics of each by itself are left out: nobody reads them."""


class SeveralNumbers:
    """Losses between values that are standardized target by target.

    ``outputs`` are float32 (batch, targets), targets float64 (batch, targets).
    """

    def __init__(self, spec: TrainingSpec, statistics: Statistics, targets: Sequence[str]) -> None:
        self._loss = REGRESSION_LOSSES[spec.training.loss]
        self._shift = torch.tensor(statistics.targets_mean, dtype=torch.float64)
        self._scale = torch.tensor(statistics.targets_std, dtype=torch.float64)
        self.targets = tuple(targets)
        self.outputs = len(targets)
        self.evaluation_rows = EVALUATION_ROWS

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        """A training step minimizes the mean over rows and targets, in standardized units."""
        shift, scale = self._beside(target)
        standardized = (target.double() - shift) / scale
        return WeightedSum(self._loss(outputs, standardized.to(outputs.dtype), reduction="sum"), self.weight(target))

    def weight(self, target: Tensor) -> float:
        """The numbers."""
        return target.numel()

    def average(self, outputs: Iterable[Tensor]) -> Tensor:
        """The mean of several outputs, float64 (batch, targets)."""
        return mean_of(values.double() for values in outputs)

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """A regression has none beside its loss."""
        return {}

    def evaluation(self, *, final: bool, record: Record | None = None) -> "SeveralNumbersEvaluation":
        return SeveralNumbersEvaluation(self, final=final, record=record)

    def values(self, outputs: Tensor) -> Tensor:
        """Predictions in the targets' units, float64 (batch, targets)."""
        shift, scale = self._beside(outputs)
        return outputs.double() * scale + shift

    def _beside(self, tensor: Tensor) -> tuple[Tensor, Tensor]:
        # Kept where they are needed: a copy at every step would wait for the device.
        self._shift, self._scale = self._shift.to(tensor.device), self._scale.to(tensor.device)
        return self._shift, self._scale


class SeveralNumbersEvaluation:
    """Over whole parts: ``loss`` in standardized units, and the means over the targets of what ``NumberScores`` says.

    A mean is there if every target has the metric. ``final``: those of each target too, as ``rmse/price``.
    """

    def __init__(self, objective: SeveralNumbers, *, final: bool, record: Record | None = None) -> None:
        self._objective = objective
        self._scores = [NumberScores() for _ in objective.targets]
        self._is_final = final
        self._loss = self._weight = 0.0
        self._record = record

    def add(self, model: LoadedModel, batch: Batch) -> None:
        self.judge(model.outputs(batch.raw), batch.target)

    @torch.inference_mode()
    def judge(self, outputs: Tensor, target: Tensor) -> None:
        """Takes in what the objective's ``loss`` compares."""
        loss = self._objective.loss(outputs.double(), target)
        self._loss += loss.total.item()
        self._weight += float(loss.weight)
        predicted, truth = self._objective.values(outputs).cpu(), target.double().cpu()
        for place, scores in enumerate(self._scores):
            scores.add(predicted[:, place], truth[:, place])
        if self._record:
            told = {"truth": truth, "prediction": predicted}
            columns = {
                f"{what}:{name}": column
                for what, values in told.items()
                for name, column in zip(self._objective.targets, values.T.tolist(), strict=True)
            }
            self._record(len(truth), columns)

    def result(self) -> tuple[Metrics, None]:
        found = [scores.result() for scores in self._scores]
        common = [name for name in found[0] if all(name in scores for scores in found)]
        metrics = {"loss": self._loss / self._weight}
        metrics |= {name: sum(scores[name] for scores in found) / len(found) for name in common}
        if self._is_final and len(found) <= MOST_TARGETS_TOLD:
            for target, scores in zip(self._objective.targets, found, strict=True):
                metrics |= {f"{name}/{target}": value for name, value in scores.items()}
        return metrics, None
