"""Recall and mean reciprocal rank of retrieved texts, and Spearman's rank correlation of cosines with scores.

Among the positives of a whole part of the data, each text once, the own one is to be the nearest to an anchor; others
that are known to belong to that anchor too, and its own text, are left out, as the "filtered" setting of Bordes et al.
(2013) does.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.evaluation import Metrics
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Record
from trainyard_engine.modalities.interactions.item_index import spans
from trainyard_engine.tasks.verdict.measures import Floats

LOSS_ROWS = 64
"""Rows of which each one's loss is judged among the others, in the order of the data: the same ones at any memory."""
ANCHORS_AT_ONCE = 1024

Ranks = npt.NDArray[np.int64]


class RetrievalEvaluation:
    """Keeps the vectors of all rows: who is nearest to whom is known once all are there."""

    def __init__(self, losses: Callable[[Tensor, Tensor], Tensor], record: Record | None = None) -> None:
        self._losses = losses
        self._record = record
        self._outputs: list[Tensor] = []
        self._targets: list[Tensor] = []

    @torch.inference_mode()
    def add(self, model: LoadedModel, batch: Batch) -> None:
        self._outputs.append(in_rows(model.outputs(batch.raw), len(batch.target)))
        self._targets.append(batch.target)

    @torch.inference_mode()
    def result(self) -> tuple[Metrics, None]:
        outputs, target = torch.cat(self._outputs), torch.cat(self._targets)
        groups = zip(torch.split(outputs, LOSS_ROWS), torch.split(target, LOSS_ROWS), strict=True)
        losses = torch.cat([self._losses(vectors.flatten(0, 1), texts) for vectors, texts in groups]).double()
        unit = functional.normalize(outputs, dim=-1)
        ranks = ranks_of(unit[:, 0], unit[:, 1], target.cpu().numpy())
        if self._record:
            near = (unit[:, 0] * unit[:, 1]).sum(dim=-1)
            told = {"place": (ranks + 1).tolist(), "similarity": near.tolist(), "loss": losses.tolist()}
            self._record(len(target), told)
        return {"loss": losses.mean().item(), **retrieval_metrics(ranks)}, None


class ScoreEvaluation:
    """Keeps the cosines of all pairs, for their ranks."""

    def __init__(self, similarities: Callable[[Tensor, Tensor], Tensor], record: Record | None = None) -> None:
        self._similarities = similarities
        self._record = record
        self._found: list[Floats] = []
        self._scores: list[Floats] = []

    @torch.inference_mode()
    def add(self, model: LoadedModel, batch: Batch) -> None:
        found = self._similarities(model.outputs(batch.raw), batch.target).double().cpu().numpy()
        scores = batch.target.double().cpu().numpy()
        self._found.append(found)
        self._scores.append(scores)

    def result(self) -> tuple[Metrics, None]:
        found, scores = np.concatenate(self._found), np.concatenate(self._scores)
        if self._record:
            self._record(len(scores), {"truth": scores.tolist(), "prediction": found.tolist()})
        return {"loss": float(np.square(found - scores).mean()), "spearman": spearman(found, scores)}, None


def in_rows(outputs: Tensor, rows: int) -> Tensor:
    """(rows, texts, dimensions) of outputs for one text after the other."""
    return outputs.reshape(rows, -1, outputs.shape[-1])


class Candidates:
    """The different positives among rows, and which of them are known to belong to the anchor of each.

    Those are the positives of all rows with that anchor, and the anchor's own text.

    Parameters
    ----------
    target
        Identities of the texts, int64 (rows, texts): anchor and positive first.
    """

    def __init__(self, target: npt.NDArray[np.int64]) -> None:
        texts, self.first, self.own = np.unique(target[:, 1], return_index=True, return_inverse=True)
        """Of each candidate the first row whose positive it is, and of each row the place of its own positive."""
        anchors, self._anchor = np.unique(target[:, 0], return_inverse=True)
        _, anchor, itself = np.intersect1d(anchors, texts, assume_unique=True, return_indices=True)
        of_anchors = np.concatenate((self._anchor, anchor)), np.concatenate((self.own, itself))
        pairs = np.unique(np.stack(of_anchors, axis=1), axis=0)
        bounds = np.searchsorted(pairs[:, 0], np.arange(len(anchors) + 1))
        self._starts, self._counts, self._known = bounds[:-1], np.diff(bounds), pairs[:, 1]

    @property
    def judged(self) -> Ranks:
        """Among how many, its own positive included, each row's is to be found, int64 (rows,)."""
        found: Ranks = len(self.first) - self._counts[self._anchor] + 1
        return found

    def known(self, rows: slice) -> tuple[Ranks, Ranks]:
        """Pairs of a row, by its place in ``rows``, and a candidate that belongs to its anchor."""
        anchors = self._anchor[rows]
        counts = self._counts[anchors]
        return np.repeat(np.arange(len(anchors)), counts), self._known[spans(self._starts[anchors], counts)]


def ranks_of(anchors: Tensor, positives: Tensor, target: npt.NDArray[np.int64]) -> Ranks:
    """How many of the different positives are nearer to each anchor than its own, int64 (rows,).

    ``anchors`` and ``positives`` are unit vectors (rows, dimensions), ``target`` int64 (rows, texts) tells texts apart.
    One that is just as near counts as nearer: a model to which all texts are alike finds none.
    """
    candidates = Candidates(target)
    vectors = positives[torch.from_numpy(candidates.first).to(positives.device)]
    places = torch.from_numpy(candidates.own).to(anchors.device)[:, None]
    found = []
    for begin in range(0, len(target), ANCHORS_AT_ONCE):
        part = slice(begin, begin + ANCHORS_AT_ONCE)
        near = anchors[part] @ vectors.T
        mine = near.gather(1, places[part])
        rows, columns = (torch.from_numpy(known).to(near.device) for known in candidates.known(part))
        near[rows, columns] = -2.0
        found.append((near >= mine).sum(dim=1))
    return torch.cat(found).cpu().numpy()


def retrieval_metrics(ranks: Ranks) -> Metrics:
    """Means over rows of ``ranks``, counted from 0."""
    return {
        "recall_at_1": float((ranks < 1).mean()),
        "recall_at_10": float((ranks < 10).mean()),
        "mrr": float((1 / (ranks + 1)).mean()),
    }


def spearman(found: Floats, truth: Floats) -> float:
    """Pearson's correlation of average ranks (Spearman, 1904); 0 where either has only one value."""
    first, second = (average_ranks(values) - (len(values) + 1) / 2 for values in (found, truth))
    size = float(np.sqrt(np.square(first).sum() * np.square(second).sum()))
    return float((first * second).sum()) / size if size else 0.0


def average_ranks(values: Floats) -> Floats:
    """Ranks from 1, of equal values the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    found: Floats = (ends - (counts - 1) / 2)[place]
    return found
