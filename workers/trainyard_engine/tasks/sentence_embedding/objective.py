"""Losses of embeddings: InfoNCE over in-batch negatives, and the squared error of cosines.

InfoNCE: van den Oord et al., "Representation Learning with Contrastive Predictive Coding" (2018), eq. 4, of cosines by
a temperature, as MultipleNegativesRankingLoss of sentence-transformers has it (Henderson et al., "Efficient Natural
Language Response Suggestion for Smart Reply", 2017). The negatives of a row are its own and the texts that other rows
of its step have beside their anchors. A text that is known to belong to it is none of them: its own positive in another
row, itself, and the positives of other rows with its anchor.
"""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.evaluation import EVALUATION_ROWS
from trainyard_engine.core.provenance import Record
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.tasks.sentence_embedding.metrics import RetrievalEvaluation, ScoreEvaluation, in_rows

TOKENS_AT_ONCE = 1 << 18
"""Of an evaluation, all texts together."""


class InfoNce:
    """The mean over rows of the cross-entropy of their positive among all candidates.

    ``outputs`` are float32 (rows * texts, dimensions) in the order of ``TextPairEncoder``; targets int64 (rows, texts)
    are the identities of the texts.
    """

    compares_rows: Literal[True] = True

    def __init__(self, *, dimensions: int, temperature: float, max_length: int) -> None:
        self.outputs = dimensions
        self.temperature = temperature
        self.evaluation_rows = evaluation_rows(max_length, texts=3)

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        return WeightedSum(self.losses(outputs, target).sum(), self.weight(target))

    def losses(self, outputs: Tensor, target: Tensor) -> Tensor:
        """(rows,), each row's among the others of ``outputs``."""
        rows = len(target)
        anchors, *candidates = normalized(outputs, target).unbind(dim=1)
        cosines = anchors @ torch.cat(candidates).T
        scores = (cosines / self.temperature).masked_fill(false_negatives(target), -torch.inf)
        return functional.cross_entropy(scores, torch.arange(rows, device=scores.device), reduction="none")

    def weight(self, target: Tensor) -> float:
        """The rows."""
        return len(target)

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """None: how many others a row has depends on the step."""
        return {}

    def evaluation(self, *, final: bool, record: Record | None = None) -> RetrievalEvaluation:
        return RetrievalEvaluation(self.losses, record)


class CosineSimilarity:
    """The mean squared error of a pair's cosine; targets float64 (rows,) are scores from 0 to 1."""

    def __init__(self, *, dimensions: int, max_length: int) -> None:
        self.outputs = dimensions
        self.evaluation_rows = evaluation_rows(max_length, texts=2)

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        total = functional.mse_loss(similarities(outputs, target), target.to(outputs.dtype), reduction="sum")
        return WeightedSum(total, self.weight(target))

    def weight(self, target: Tensor) -> float:
        """The rows."""
        return len(target)

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """A rank correlation is not one of a few rows."""
        return {}

    def evaluation(self, *, final: bool, record: Record | None = None) -> ScoreEvaluation:
        return ScoreEvaluation(similarities, record)


def normalized(outputs: Tensor, target: Tensor) -> Tensor:
    """(rows, texts, dimensions) of length 1, from (rows * texts, dimensions)."""
    return functional.normalize(in_rows(outputs, len(target)), dim=-1)


def similarities(outputs: Tensor, target: Tensor) -> Tensor:
    """Cosines (rows,) of the first two texts of each row."""
    first, second, *_ = normalized(outputs, target).unbind(dim=1)
    return (first * second).sum(dim=-1)


def false_negatives(target: Tensor) -> Tensor:
    """bool (rows, candidates): which candidates of a row are known not to be its negatives, but for its own positive.

    Candidates are the positives of all rows, and behind them their negatives, if they have any.
    """
    anchors, positives = target[:, 0], target[:, 1]
    candidates = target[:, 1:].T.flatten()
    same = (candidates == positives[:, None]) | (candidates == anchors[:, None])
    same[:, : len(target)] |= anchors == anchors[:, None]
    same.fill_diagonal_(False)
    return same


def evaluation_rows(max_length: int, *, texts: int) -> int:
    """How many rows of so many texts are read at once."""
    return max(1, min(EVALUATION_ROWS, TOKENS_AT_ONCE // (texts * max_length)))
