"""What training minimizes and how a prediction is judged, per kind of task."""

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor
from torch.nn import Parameter, functional
from torchmetrics.functional.classification import multiclass_f1_score
from torchmetrics.functional.regression import mean_absolute_error, mean_squared_error, r2_score

from trainyard_engine.data.statistics import Statistics
from trainyard_engine.evaluation import Collected
from trainyard_spec.training import RegularizationSpec, TrainingSpec

EVALUATION_ROWS = 1024

REGRESSION_LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "auto": functional.mse_loss,
    "mse": functional.mse_loss,
    "mae": functional.l1_loss,
    "huber": functional.huber_loss,
}


class Classification:
    """Cross-entropy or focal loss over ``outputs`` logits float32 (batch, classes); targets are int64 (batch,).

    ``class_weights`` is empty or holds the weight of every class.
    """

    def __init__(self, spec: TrainingSpec, classes: int, class_weights: Sequence[float] = ()) -> None:
        self._smoothing = spec.training.regularization.label_smoothing
        self._gamma = spec.training.focal_gamma if spec.training.loss == "focal" else 0.0
        self._weights = torch.tensor(class_weights) if class_weights else None
        self._classes = classes
        self.outputs = classes
        self.evaluation_rows = EVALUATION_ROWS

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        """What a training step minimizes, a scalar: the mean over the batch by class weight, labels smoothed.

        The focal loss counts a row (1 - p) ** gamma times, p its probability of the right class (Lin et al., "Focal
        Loss for Dense Object Detection", ICCV 2017).
        """
        weights = None if self._weights is None else self._weights.to(outputs)
        if not self._gamma:
            return functional.cross_entropy(outputs, target, weight=weights, label_smoothing=self._smoothing)
        losses = functional.cross_entropy(
            outputs, target, weight=weights, label_smoothing=self._smoothing, reduction="none"
        )
        right = outputs.softmax(dim=1).gather(1, target[:, None]).squeeze(1)
        rows = len(target) if weights is None else weights[target].sum()
        return (losses * (1 - right) ** self._gamma).sum() / rows

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Further scalars of a training step, left on the device."""
        return {"accuracy": (outputs.argmax(dim=1) == target).float().mean()}

    def evaluation(self, *, final: bool) -> Collected:
        return Collected(self.metrics)

    def metrics(self, outputs: Tensor, target: Tensor) -> dict[str, float]:
        """``loss`` (labels not smoothed), ``accuracy`` and ``f1_macro`` over whole parts of the data."""
        predicted = outputs.argmax(dim=1)
        f1 = multiclass_f1_score(predicted, target, num_classes=self._classes, average="macro")
        return {
            "loss": functional.cross_entropy(outputs.double(), target).item(),
            "accuracy": (predicted == target).double().mean().item(),
            "f1_macro": f1.item(),
        }


class Regression:
    """Losses between standardized values; ``outputs`` are float32 (batch, 1), targets float32 (batch,)."""

    def __init__(self, spec: TrainingSpec, statistics: Statistics) -> None:
        self._loss = REGRESSION_LOSSES[spec.training.loss]
        self._mean, self._std = statistics.target_mean, statistics.target_std
        self.outputs = 1
        self.evaluation_rows = EVALUATION_ROWS

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        """What a training step minimizes, a scalar: the mean over the batch, in standardized units."""
        return self._loss(outputs.squeeze(1), (target - self._mean) / self._std)

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, Tensor]:
        """A regression has none beside its loss."""
        return {}

    def evaluation(self, *, final: bool) -> Collected:
        return Collected(self.metrics)

    def metrics(self, outputs: Tensor, target: Tensor) -> dict[str, float]:
        """``loss`` in standardized units, ``rmse`` and ``mae`` in the target's, and ``r2`` unless it is constant."""
        predicted, truth = self.values(outputs), target.double()
        found = {
            "loss": self.loss(outputs.double(), truth).item(),
            "rmse": mean_squared_error(predicted, truth, squared=False).item(),
            "mae": mean_absolute_error(predicted, truth).item(),
        }
        if bool((truth != truth[0]).any()):
            found["r2"] = r2_score(predicted, truth).item()
        return found

    def values(self, outputs: Tensor) -> Tensor:
        """Predictions in the target's units, float64 (batch,)."""
        return outputs.squeeze(1).double() * self._std + self._mean


@torch.no_grad()
def add_penalty_gradients(parameters: Iterable[Parameter], spec: RegularizationSpec) -> None:
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
