"""Metrics of classifications by scikit-learn's definitions, in float64 and from logits.

A probability in float32 is 1 from a logit of 17 on: what it orders is lost, so nothing here is computed from one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

NUMBERS_AT_ONCE = 1 << 22
"""Logits that are made float64 together: 32 MiB of them."""


@dataclass(frozen=True, slots=True)
class ClassCounts:
    """For each class, int64 (classes,): rows of it, rows taken for it, and rows of both."""

    rows: Counts
    predicted: Counts
    hits: Counts

    @classmethod
    def none(cls, classes: int) -> "ClassCounts":
        return cls(*(np.zeros(classes, dtype=np.int64) for _ in range(3)))

    def plus(self, predicted: Tensor, target: Tensor) -> "ClassCounts":
        """With further rows: two of int64 (batch,)."""
        parts = (target, predicted, target[predicted == target])
        rows, taken, hits = (torch.bincount(part, minlength=len(self.rows)).cpu().numpy() for part in parts)
        return ClassCounts(self.rows + rows, self.predicted + taken, self.hits + hits)

    def with_flags(self, predicted: Tensor, truth: Tensor) -> "ClassCounts":
        """With further rows, each of any number of classes: two of bool (batch, classes)."""
        rows, taken, hits = (part.sum(dim=0).cpu().numpy() for part in (truth, predicted, truth & predicted))
        return ClassCounts(self.rows + rows, self.predicted + taken, self.hits + hits)

    @property
    def is_met(self) -> npt.NDArray[np.bool_]:
        """Which classes a row has or was taken for: the others are no part of a mean over classes."""
        return (self.rows + self.predicted) > 0

    @property
    def accuracy(self) -> float:
        return float(self.hits.sum() / self.rows.sum())

    @property
    def precision(self) -> Floats:
        """0 for a class that no row was taken for."""
        return self.hits / np.maximum(self.predicted, 1)

    @property
    def recall(self) -> Floats:
        """0 for a class that no row has."""
        return self.hits / np.maximum(self.rows, 1)

    @property
    def f1(self) -> Floats:
        both: Floats = 2 * self.hits / np.maximum(self.rows + self.predicted, 1)
        return both

    def macro(self, values: Floats) -> float:
        """The mean over the classes that are met."""
        return float(values[self.is_met].mean())


def cross_entropies(logits: Tensor, target: Tensor) -> Tensor:
    """-ln of the softmax's probability of the right class, float64 (rows,)."""
    return functional.cross_entropy(logits.double(), target, reduction="none")


def yes_no_entropies(logits: Tensor, target: Tensor) -> Tensor:
    """The mean over its classes of a yes-or-no question each, float64 (rows,)."""
    wide = logits.double()
    answers = functional.one_hot(target, wide.shape[1]).to(wide)
    return functional.binary_cross_entropy_with_logits(wide, answers, reduction="none").mean(dim=1)


def mean_roc_auc(logits: Tensor, target: Tensor, *, alone: bool) -> float | None:
    """The mean over the classes of the area under the ROC curve of one class against all others.

    Classes that no row has, or every row, have no curve and do not count; ``None`` where that leaves none. Rows are
    ordered by the log odds of the class, or, where each class is asked about ``alone``, by its logit.
    """
    labels = target.cpu().numpy()
    counts = np.bincount(labels, minlength=logits.shape[1])
    told_apart = np.flatnonzero((counts > 0) & (counts < len(labels)))
    scores = _columns(logits.cpu(), told_apart, alone=alone)
    areas = [roc_auc(column, labels == name) for name, column in zip(told_apart.tolist(), scores, strict=True)]
    return sum(areas) / len(areas) if areas else None


def roc_auc(scores: Floats, is_positive: npt.NDArray[np.bool_]) -> float:
    """The chance that a positive row has the higher score, equal scores counted half (Mann & Whitney, 1947).

    ``scores`` (rows,); both kinds of rows must be there.
    """
    in_order, own = np.sort(scores), scores[is_positive]
    # Twice the middle rank of each, counted from 1: whole numbers, so that the area is exact and never above 1.
    ranks = np.searchsorted(in_order, own, "left") + np.searchsorted(in_order, own, "right") + 1
    positive, negative = len(own), len(scores) - len(own)
    return (int(ranks.sum()) - positive * (positive + 1)) / (2 * positive * negative)


def _columns(logits: Tensor, chosen: Counts, *, alone: bool) -> Iterator[Floats]:
    """What rows are ordered by for each of the classes ``chosen``, a bounded number of them at a time."""
    odds = None if alone else _Odds(logits)
    at_once = max(1, NUMBERS_AT_ONCE // len(logits))
    for begin in range(0, len(chosen), at_once):
        names = torch.from_numpy(chosen[begin : begin + at_once])
        block = logits[:, names].double()
        yield from (odds.of(block, names) if odds else block).T.contiguous().numpy()


class _Odds:
    """Log odds of one class against all others: its logit less ln of the sum of exp of theirs.

    The best class's logit is left out of its own sum before it is taken, so that nothing cancels.
    """

    def __init__(self, logits: Tensor) -> None:
        parts = [
            _beside_best(part.double()) for part in torch.split(logits, max(1, NUMBERS_AT_ONCE // logits.shape[1]))
        ]
        self._best, self._highest, self._rest, self._against = (torch.cat(part) for part in zip(*parts, strict=True))

    def of(self, block: Tensor, names: Tensor) -> Tensor:
        """For the logits float64 (rows, names) of some classes."""
        highest = self._highest[:, None]
        others = (self._rest[:, None] - (block - highest).exp()).clamp(min=0)
        against = torch.where(names == self._best[:, None], self._against[:, None], highest + others.log1p())
        return block - against


def _beside_best(logits: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """For each row: its best class, that one's logit, the sum of exp(logit - best) of the others, ln of theirs."""
    highest, best = logits.max(dim=1)
    others = logits.scatter(1, best[:, None], -torch.inf)
    return best, highest, (others - highest[:, None]).exp().sum(dim=1), others.logsumexp(dim=1)
