"""Multi-label classification: binary cross-entropy for each label, and metrics."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.evaluation import EVALUATION_ROWS, Metrics
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Columns, Record
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.tasks.shared.class_metrics import ClassCounts, roc_auc
from trainyard_engine.tasks.shared.classification import LEAST, MOST_CLASSES_COMPARED, MOST_CLASSES_CROSSED, report_of
from trainyard_engine.tasks.shared.regression import mean_of
from trainyard_spec.engine_protocol import ClassReport
from trainyard_spec.training import TrainingSpec


class MultiLabel:
    """``outputs`` are logits float32 (batch, labels), targets uint8 (batch, labels): 1 for those that a row has.

    Each label is a yes-or-no question of its own; the answer is yes where its probability is over one half.
    """

    def __init__(self, spec: TrainingSpec, labels: Sequence[str]) -> None:
        self._smoothing = spec.training.regularization.label_smoothing
        self.labels = tuple(labels)
        self.outputs = len(labels)
        self.evaluation_rows = EVALUATION_ROWS

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        """A training step minimizes the mean over rows and labels, smoothed answers half the smoothing off."""
        answers = target.to(outputs) * (1 - self._smoothing) + self._smoothing / 2
        total = functional.binary_cross_entropy_with_logits(outputs, answers, reduction="sum")
        return WeightedSum(total, self.weight(target))

    def weight(self, target: Tensor) -> float:
        """The questions."""
        return target.numel()

    def probabilities(self, outputs: Tensor) -> Tensor:
        """Probabilities of each label, (batch, labels)."""
        return outputs.sigmoid()

    def average(self, outputs: Iterable[Tensor]) -> Tensor:
        """The logits that have the mean probabilities of several, float64 (batch, labels)."""
        return self.logits(mean_of(self.probabilities(logits.double()) for logits in outputs))

    def logits(self, probabilities: Tensor) -> Tensor:
        """Logits that have the ``probabilities`` of each label, float64 (…, labels)."""
        return probabilities.clamp(min=LEAST).log() - (1 - probabilities).clamp(min=LEAST).log()

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """``accuracy``: the share of rows all of whose labels are right."""
        return {"accuracy": WeightedSum(((outputs > 0) == (target > 0)).all(dim=1).sum(), len(target))}

    def evaluation(self, *, final: bool, record: Record | None = None) -> "MultiLabelEvaluation":
        return MultiLabelEvaluation(self, final=final, record=record)


class MultiLabelEvaluation:
    """Counts each label's rows; keeps the logits, on the CPU, only where ``final`` metrics need all of them at once."""

    def __init__(self, objective: MultiLabel, *, final: bool, record: Record | None = None) -> None:
        self._objective = objective
        self._is_final = final
        self._record = record
        self._counts = ClassCounts.none(len(objective.labels))
        self._rows = self._right = self._wrong = 0
        self._loss = 0.0
        self._kept: list[tuple[Tensor, Tensor]] = []

    def add(self, model: LoadedModel, batch: Batch) -> None:
        self.judge(model.outputs(batch.raw), batch.target)

    @torch.inference_mode()
    def judge(self, outputs: Tensor, target: Tensor) -> None:
        """Takes in the outputs float32 (batch, labels) of rows with labels uint8 (batch, labels)."""
        outputs, truth = outputs.cpu(), target.cpu() > 0
        predicted = outputs > 0
        self._counts = self._counts.with_flags(predicted, truth)
        self._rows += len(truth)
        self._right += int((predicted == truth).all(dim=1).sum())
        self._wrong += int((predicted != truth).sum())
        wide = outputs.double()
        self._loss += functional.binary_cross_entropy_with_logits(wide, truth.double(), reduction="sum").item()
        if self._is_final and len(self._objective.labels) <= MOST_CLASSES_COMPARED:
            self._kept.append((outputs, truth))
        if self._record:
            self._record(len(truth), self._told(outputs, predicted, truth))

    def _told(self, outputs: Tensor, predicted: Tensor, truth: Tensor) -> Columns:
        """1 for a label that the row has, or is answered to have, and 0 for others."""
        told = {"truth": truth.int(), "prediction": predicted.int()}
        if len(self._objective.labels) <= MOST_CLASSES_CROSSED:
            told["probability"] = self._objective.probabilities(outputs.double())
        if len(self._objective.labels) <= MOST_CLASSES_COMPARED:
            told["logit"] = outputs
        return {
            f"{what}:{label}": column
            for what, values in told.items()
            for label, column in zip(self._objective.labels, values.T.tolist(), strict=True)
        }

    def result(self) -> tuple[Metrics, ClassReport | None]:
        """``loss`` (answers not smoothed), ``accuracy`` (of rows, all labels right), ``hamming_loss`` (the share of
        wrong answers), ``f1_micro`` unless no row has a label or is answered to, and ``f1_macro``.

        Finally ``precision_macro``, ``recall_macro`` and ``roc_auc`` too, the mean of the labels' areas. Means over
        labels leave out those that no row has or is answered to have, and areas those that no row has, or all.
        """
        counts, questions = self._counts, self._rows * len(self._objective.labels)
        metrics = {
            "loss": self._loss / questions,
            "accuracy": self._right / self._rows,
            "hamming_loss": self._wrong / questions,
        }
        if counts.is_met.any():
            both = int(counts.rows.sum() + counts.predicted.sum())
            metrics |= {"f1_micro": 2 * int(counts.hits.sum()) / both, "f1_macro": counts.macro(counts.f1)}
        if not self._is_final:
            return metrics, None
        if counts.is_met.any():
            metrics |= {
                "precision_macro": counts.macro(counts.precision),
                "recall_macro": counts.macro(counts.recall),
            }
        if not self._kept:
            return metrics, None
        logits, truth = (torch.cat(parts).numpy() for parts in zip(*self._kept, strict=True))
        columns = zip(logits.T, truth.T, strict=True)
        areas = [roc_auc(scores.astype(float), has) for scores, has in columns if has.any() and not has.all()]
        if areas:
            metrics["roc_auc"] = sum(areas) / len(areas)
        return metrics, report_of(self._objective.labels, counts)
