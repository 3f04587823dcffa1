"""Single-label classification: cross-entropy, focal loss or one against the rest, and metrics."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.evaluation import EVALUATION_ROWS, Metrics
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Columns, Record
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.tasks.shared.class_metrics import (
    ClassCounts,
    Counts,
    Floats,
    cross_entropies,
    mean_roc_auc,
    yes_no_entropies,
)
from trainyard_engine.tasks.shared.regression import mean_of
from trainyard_spec.engine_protocol import ClassReport
from trainyard_spec.training import TrainingSpec

MOST_CLASSES_COMPARED = 1_000
"""Of more classes there is no ROC-AUC and no report: they take a pass over all rows, and a line, each."""
MOST_CLASSES_CROSSED = 100
"""Of more classes there is no confusion matrix: nobody reads one."""
LEAST = 1e-30
"""A float32 holds its logarithm, and that of nothing else that is so unlikely."""


def logits_of(spec: TrainingSpec, classes: Sequence[str]) -> int | None:
    """How many a new classifier gives, None of no classes: ``bce`` asks of two only whether it is the second.

    ``classes`` are those of which each row has one.
    """
    return 1 if spec.training.loss == "bce" and len(classes) == 2 else len(classes) or None


def of_each_class(outputs: Tensor) -> Tensor:
    """Logits (batch, classes) of ``outputs``, which they are already unless there is but one of two classes, z.

    Then they are (-z, z): their sigmoids are 1 - p and p, and the mean of both questions' losses is that of the one.
    """
    return torch.cat([-outputs, outputs], dim=1) if outputs.shape[1] == 1 else outputs


class Classification:
    """``outputs`` are logits float32 (batch, classes), targets int64 (batch,).

    ``logits`` says how many there are, for each class if it is None: see ``logits_of`` and ``of_each_class``.
    ``class_weights`` is empty or holds the weight of every class.
    """

    def __init__(
        self,
        spec: TrainingSpec,
        classes: Sequence[str],
        class_weights: Sequence[float] = (),
        *,
        logits: int | None = None,
    ) -> None:
        self._smoothing = spec.training.regularization.label_smoothing
        self._is_binary = spec.training.loss == "bce"
        self._gamma = spec.training.focal_gamma if spec.training.loss == "focal" else 0.0
        self._weights = torch.tensor(class_weights) if class_weights else None
        self._names = tuple(classes)
        self.outputs = logits or len(classes)
        self.evaluation_rows = EVALUATION_ROWS

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        """A training step minimizes the mean by class weight, labels smoothed.

        The focal loss counts a row (1 - p) ** gamma times, p its probability of the right class (Lin et al., "Focal
        Loss for Dense Object Detection", ICCV 2017). ``bce`` is the mean over the classes of a yes-or-no question each.
        """
        outputs = of_each_class(outputs)
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
        """Probabilities of each class, (batch, classes). Those of ``bce`` sum to one only for a single logit."""
        outputs = of_each_class(outputs)
        return outputs.sigmoid() if self._is_binary else outputs.softmax(dim=1)

    def average(self, outputs: Iterable[Tensor]) -> Tensor:
        """The outputs that have the mean probabilities of several, float64 (batch, logits)."""
        return self.logits(mean_of(self.probabilities(logits.double()) for logits in outputs))

    def logits(self, probabilities: Tensor) -> Tensor:
        """The outputs that have these ``probabilities`` (…, classes), of which none counts as less than ``LEAST``."""
        logs = probabilities.clamp(min=LEAST).log()
        if self._is_binary:
            logs = logs - (1 - probabilities).clamp(min=LEAST).log()
        return logs[..., -self.outputs :]

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """``accuracy``, whatever the classes weigh."""
        return {"accuracy": WeightedSum((of_each_class(outputs).argmax(dim=1) == target).sum(), len(target))}

    def evaluation(self, *, final: bool, record: Record | None = None) -> "ClassEvaluation":
        return ClassEvaluation(self, self._names, final=final, record=record)

    def entropies(self, outputs: Tensor, target: Tensor) -> Tensor:
        """What a row costs, labels neither smoothed nor weighted, float64 (batch,)."""
        return (yes_no_entropies if self._is_binary else cross_entropies)(outputs, target)

    def roc_auc(self, outputs: Tensor, target: Tensor) -> float | None:
        """See ``mean_roc_auc``."""
        return mean_roc_auc(outputs, target, alone=self._is_binary)

    def _focal(self, outputs: Tensor, target: Tensor, weights: Tensor | None) -> Tensor:
        losses = functional.cross_entropy(
            outputs, target, weight=weights, label_smoothing=self._smoothing, reduction="none"
        )
        right = outputs.softmax(dim=1).gather(1, target[:, None]).squeeze(1)
        return losses * (1 - right) ** self._gamma

    def _binary(self, outputs: Tensor, target: Tensor, weights: Tensor | None) -> Tensor:
        """A row's mean over its classes; smoothed answers lie half the smoothing from yes and from no."""
        answers = functional.one_hot(target, outputs.shape[1]).to(outputs) * (1 - self._smoothing) + self._smoothing / 2
        losses = functional.binary_cross_entropy_with_logits(outputs, answers, reduction="none").mean(dim=1)
        return losses if weights is None else losses * weights[target]


class ClassEvaluation:
    """Counts each class's rows; keeps the logits, on the CPU, only where ``final`` metrics need all of them at once."""

    def __init__(
        self, objective: Classification, classes: tuple[str, ...], *, final: bool, record: Record | None = None
    ) -> None:
        self._objective = objective
        self._names = classes
        self._is_final = final
        self._record = record
        self._counts = ClassCounts.none(len(classes))
        self._crossed = np.zeros((len(classes) if len(classes) <= MOST_CLASSES_CROSSED else 0,) * 2, dtype=np.int64)
        self._loss = 0.0
        self._kept: list[tuple[Tensor, Tensor]] = []

    def add(self, model: LoadedModel, batch: Batch) -> None:
        self.judge(model.outputs(batch.raw), batch.target)

    @torch.inference_mode()
    def judge(self, outputs: Tensor, target: Tensor) -> None:
        """Takes in the outputs float32 (batch, logits) of rows with classes int64 (batch,)."""
        outputs, target = of_each_class(outputs.cpu()), target.cpu()
        predicted = outputs.argmax(dim=1)
        self._counts = self._counts.plus(predicted, target)
        self._loss += self._objective.entropies(outputs, target).sum().item()
        if self._is_final and len(self._names) <= MOST_CLASSES_COMPARED:
            self._kept.append((outputs, target))
        if self._is_final and len(self._crossed):
            np.add.at(self._crossed, (target.numpy(), predicted.numpy()), 1)

        if self._record:
            self._record(len(target), self._told(outputs, predicted, target))

    def _told(self, outputs: Tensor, predicted: Tensor, target: Tensor) -> Columns:
        """Probabilities are for people; logits, too, tell rows apart whose probabilities are all 1."""
        names = self._names
        told: Columns = {
            "truth": [names[place] for place in target.tolist()],
            "prediction": [names[place] for place in predicted.tolist()],
        }
        if len(names) <= MOST_CLASSES_CROSSED:
            shares = self._objective.probabilities(outputs.double()).T.tolist()
            told |= {f"probability:{name}": share for name, share in zip(names, shares, strict=True)}
        if len(names) <= MOST_CLASSES_COMPARED:
            told |= {f"logit:{name}": logits for name, logits in zip(names, outputs.T.tolist(), strict=True)}
        return told

    def result(self) -> tuple[Metrics, ClassReport | None]:
        """``loss`` (labels neither smoothed nor weighted), ``accuracy`` and ``f1_macro`` over whole parts.

        Finally ``precision_macro``, ``recall_macro``, ``f1_micro`` and ``roc_auc`` too. Means over classes leave out
        those that no row has or was taken for.
        """
        counts = self._counts
        metrics = {
            "loss": self._loss / int(counts.rows.sum()),
            "accuracy": counts.accuracy,
            "f1_macro": counts.macro(counts.f1),
        }
        if not self._is_final:
            return metrics, None
        metrics |= {
            "precision_macro": counts.macro(counts.precision),
            "recall_macro": counts.macro(counts.recall),
            # Of one class a row, that is what the micro average is.
            "f1_micro": counts.accuracy,
        }
        if not self._kept:
            return metrics, None
        area = self._objective.roc_auc(*(torch.cat(parts) for parts in zip(*self._kept, strict=True)))
        metrics |= {} if area is None else {"roc_auc": area}
        return metrics, report_of(self._names, self._counts, self._crossed)


def report_of(names: tuple[str, ...], counts: ClassCounts, crossed: Counts | None = None) -> ClassReport:
    """``crossed`` int64 (classes, classes) counts the rows of each that were taken for each, if one is told."""
    return ClassReport(
        classes=names,
        precision=_known(counts.precision, counts.is_met),
        recall=_known(counts.recall, counts.rows > 0),
        f1=_known(counts.f1, counts.is_met),
        rows=tuple(counts.rows.tolist()),
        confusion=() if crossed is None else tuple(map(tuple, crossed.tolist())),
    )


def _known(values: Floats, is_known: npt.NDArray[np.bool_]) -> tuple[float | None, ...]:
    return tuple(value if known else None for value, known in zip(values.tolist(), is_known.tolist(), strict=True))
