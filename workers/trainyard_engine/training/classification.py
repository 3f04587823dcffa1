"""What a classification minimizes, and how well it tells classes apart.

torchmetrics imports transformers, which takes seconds: it waits for the first rows to be judged.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.evaluation import EVALUATION_ROWS, Collected
from trainyard_engine.training.weighted_sum import WeightedSum
from trainyard_spec.engine_protocol import ClassReport
from trainyard_spec.training import TrainingSpec

MOST_CLASSES_COMPARED = 1_000
"""Of more classes there is no ROC-AUC and no report: they take a pass over all rows, and a line, each."""
MOST_CLASSES_CROSSED = 100
"""Of more classes there is no confusion matrix: nobody reads one."""


class Classification:
    """``outputs`` are logits float32 (batch, classes), targets int64 (batch,).

    ``class_weights`` is empty or holds the weight of every class.
    """

    def __init__(self, spec: TrainingSpec, classes: Sequence[str], class_weights: Sequence[float] = ()) -> None:
        self._smoothing = spec.training.regularization.label_smoothing
        self._is_binary = spec.training.loss == "bce"
        self._gamma = spec.training.focal_gamma if spec.training.loss == "focal" else 0.0
        self._weights = torch.tensor(class_weights) if class_weights else None
        self._names = tuple(classes)
        self._classes = self.outputs = len(classes)
        self.evaluation_rows = EVALUATION_ROWS

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        """A training step minimizes the mean by class weight, labels smoothed.

        The focal loss counts a row (1 - p) ** gamma times, p its probability of the right class (Lin et al., "Focal
        Loss for Dense Object Detection", ICCV 2017). ``bce`` is the mean over the classes of a yes-or-no question each.
        """
        weights = None if self._weights is None else self._weights.to(outputs)
        if self._is_binary:
            total = self._binary(outputs, target, weights).sum()
        elif self._gamma:
            total = self._focal(outputs, target, weights).sum()
        else:
            total = functional.cross_entropy(
                outputs, target, weight=weights, label_smoothing=self._smoothing, reduction="sum"
            )
        return WeightedSum(total, self.weight(target))

    def weight(self, target: Tensor) -> Tensor | float:
        """The rows, each by the weight of its class."""
        if self._weights is None:
            return len(target)
        # Kept where it is needed: a copy at every step would wait for the device.
        self._weights = self._weights.to(target.device)
        return self._weights[target].sum()

    def probabilities(self, outputs: Tensor) -> Tensor:
        """Of each class, (batch, classes): they sum to one, but not under ``bce``, which judges each class alone."""
        return outputs.sigmoid() if self._is_binary else outputs.softmax(dim=1)

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """``accuracy``, whatever the classes weigh."""
        return {"accuracy": WeightedSum((outputs.argmax(dim=1) == target).sum(), len(target))}

    def evaluation(self, *, final: bool) -> Collected:
        return Collected(self.final_metrics, self.report) if final else Collected(self.metrics)

    def metrics(self, outputs: Tensor, target: Tensor) -> dict[str, float]:
        """``loss`` (labels neither smoothed nor weighted), ``accuracy`` and ``f1_macro`` over whole parts."""
        from torchmetrics.functional import classification as scores

        predicted = outputs.argmax(dim=1)
        f1 = scores.multiclass_f1_score(predicted, target, num_classes=self._classes, average="macro")
        wide = outputs.double()
        loss = self._plain_binary(wide, target).mean() if self._is_binary else functional.cross_entropy(wide, target)
        return {
            "loss": loss.item(),
            "accuracy": (predicted == target).double().mean().item(),
            "f1_macro": f1.item(),
        }

    def final_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, float]:
        """``metrics`` with precision, recall, F1 by micro average, and ``roc_auc``, the mean of one class against all.

        Classes that no row has, or every row, have no ROC curve and do not count in its area.
        """
        from torchmetrics.functional import classification as scores

        predicted, classes = outputs.argmax(dim=1), self._classes
        found = self.metrics(outputs, target) | {
            "precision_macro": scores.multiclass_precision(
                predicted, target, num_classes=classes, average="macro"
            ).item(),
            "recall_macro": scores.multiclass_recall(predicted, target, num_classes=classes, average="macro").item(),
            "f1_micro": scores.multiclass_f1_score(predicted, target, num_classes=classes, average="micro").item(),
        }
        if classes <= MOST_CLASSES_COMPARED:
            areas = self._areas(self.probabilities(outputs), target)
            if areas:
                found["roc_auc"] = sum(areas) / len(areas)
        return found

    def report(self, outputs: Tensor, target: Tensor) -> ClassReport | None:
        """What happened to each class."""
        from torchmetrics.functional import classification as scores

        classes = self._classes
        if classes > MOST_CLASSES_COMPARED:
            return None
        predicted = outputs.argmax(dim=1)
        crossed = scores.multiclass_confusion_matrix(predicted, target, num_classes=classes)
        by_class = {
            "precision": scores.multiclass_precision(predicted, target, num_classes=classes, average="none"),
            "recall": scores.multiclass_recall(predicted, target, num_classes=classes, average="none"),
            "f1": scores.multiclass_f1_score(predicted, target, num_classes=classes, average="none"),
        }
        return ClassReport(
            classes=self._names,
            **{name: tuple(values.tolist()) for name, values in by_class.items()},
            rows=tuple(crossed.sum(dim=1).tolist()),
            confusion=tuple(map(tuple, crossed.tolist())) if classes <= MOST_CLASSES_CROSSED else (),
        )

    def _areas(self, probabilities: Tensor, target: Tensor) -> list[float]:
        from torchmetrics.functional import classification as scores

        counts = torch.bincount(target, minlength=self._classes).tolist()
        told_apart = [name for name, count in enumerate(counts) if 0 < count < len(target)]
        return [scores.binary_auroc(probabilities[:, name], (target == name).long()).item() for name in told_apart]

    def _focal(self, outputs: Tensor, target: Tensor, weights: Tensor | None) -> Tensor:
        losses = functional.cross_entropy(
            outputs, target, weight=weights, label_smoothing=self._smoothing, reduction="none"
        )
        right = outputs.softmax(dim=1).gather(1, target[:, None]).squeeze(1)
        return losses * (1 - right) ** self._gamma

    def _binary(self, outputs: Tensor, target: Tensor, weights: Tensor | None) -> Tensor:
        losses = self._plain_binary(outputs, target, smoothing=self._smoothing)
        return losses if weights is None else losses * weights[target]

    def _plain_binary(self, outputs: Tensor, target: Tensor, *, smoothing: float = 0.0) -> Tensor:
        """A row's mean over its classes, (batch,); smoothed answers lie ``smoothing`` / 2 from yes and from no."""
        answers = functional.one_hot(target, self._classes).to(outputs) * (1 - smoothing) + smoothing / 2
        return functional.binary_cross_entropy_with_logits(outputs, answers, reduction="none").mean(dim=1)
