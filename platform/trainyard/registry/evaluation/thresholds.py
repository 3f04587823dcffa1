"""Precision and recall of one class at each threshold of its probability."""

from dataclasses import dataclass

import numpy as np

from trainyard.registry.evaluation.table import TRUTH, AnswerTable, EvaluationKind, Floats

STEPS = 100


@dataclass(frozen=True, slots=True)
class ThresholdPoint:
    """Counts of test rows where a probability of at least ``threshold`` says yes."""

    threshold: float
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds of ``label``, one of ``labels``: the points from threshold 0 to 1."""

    label: str
    labels: list[str]
    points: list[ThresholdPoint]


def thresholds(table: AnswerTable, *, label: str | None) -> Thresholds | None:
    """``None`` where there are no probabilities: too many classes. Without ``label`` it is the rarest that occurs.

    Raises ``InvalidInput`` for a label that there is not.
    """
    labels = table.named("probability")
    if not labels or not table.rows:
        return None
    chosen = table.chosen(label, "probability", field="label", default=_rarest(table, labels))
    positive, probability = _truth(table, chosen), table.numbers(f"probability:{chosen}")
    points = [_point(step / STEPS, positive, probability) for step in range(STEPS + 1)]
    return Thresholds(chosen, labels, points)


def _truth(table: AnswerTable, label: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if table.kind == EvaluationKind.LABELS:
        return table.numbers(f"{TRUTH}:{label}") > 0
    return np.array([truth == label for truth in table.texts(TRUTH)])


def _rarest(table: AnswerTable, labels: list[str]) -> str:
    counts = {label: int(_truth(table, label).sum()) for label in labels}
    return min((label for label in labels if counts[label]), key=lambda label: counts[label], default=labels[0])


def _point(threshold: float, positive: np.ndarray[tuple[int], np.dtype[np.bool_]], score: Floats) -> ThresholdPoint:
    taken = score >= threshold
    hits, false = int((taken & positive).sum()), int((taken & ~positive).sum())
    missed = int(positive.sum()) - hits
    return ThresholdPoint(
        threshold=threshold,
        true_positives=hits,
        false_positives=false,
        false_negatives=missed,
        true_negatives=len(positive) - hits - false - missed,
        precision=hits / (hits + false) if hits + false else None,
        recall=hits / (hits + missed) if hits + missed else None,
    )
