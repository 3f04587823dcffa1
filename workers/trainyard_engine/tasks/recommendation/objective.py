"""The ranking objective: softmax cross-entropy over all items, and NDCG, hit rate and recall."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.provenance import Record
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.modalities.interactions.item_index import ItemIndex
from trainyard_spec.engine_protocol import ClassReport
from trainyard_spec.training import TrainingSpec

CUTOFF = 10
"""How many of the best items are looked at."""
MOST_EVALUATED_SCORES = 1 << 24
MOST_EVALUATED_ROWS = 1024

Ranks = npt.NDArray[np.int64]


class Ranking:
    """Cross-entropy over all items: ``outputs`` are scores float32 (batch, items), targets int64 (batch,) positions.

    Liang et al., "Variational Autoencoders for Collaborative Filtering" (2018) compare it, the multinomial likelihood,
    with others.
    """

    def __init__(self, spec: TrainingSpec, item_index: ItemIndex) -> None:
        self._smoothing = spec.training.regularization.label_smoothing
        self._catalogue = item_index
        self.outputs = len(item_index.items)
        self.evaluation_rows = max(1, min(MOST_EVALUATED_ROWS, MOST_EVALUATED_SCORES // self.outputs))

    def loss(self, outputs: Tensor, target: Tensor) -> WeightedSum:
        """A training step minimizes the mean over interactions, labels smoothed."""
        total = functional.cross_entropy(outputs, target, label_smoothing=self._smoothing, reduction="sum")
        return WeightedSum(total, self.weight(target))

    def weight(self, target: Tensor) -> float:
        """The interactions."""
        return len(target)

    def step_metrics(self, outputs: Tensor, target: Tensor) -> dict[str, WeightedSum]:
        """An order of thousands has none that a single batch can tell."""
        return {}

    def evaluation(self, *, final: bool, record: Record | None = None) -> "RankingEvaluation":
        return RankingEvaluation(self._catalogue, record)


class RankingEvaluation:
    """Keeps of every interaction only where its item stood in the order, not the scores of all items."""

    def __init__(self, item_index: ItemIndex, record: Record | None = None) -> None:
        self._catalogue = item_index
        self._record = record
        self._users: list[npt.NDArray[np.int32]] = []
        self._ranks: list[Ranks] = []
        self._loss = 0.0
        self._known = 0

    @torch.inference_mode()
    def add(self, model: LoadedModel, batch: Batch) -> None:
        outputs, target = model.outputs(batch.raw), batch.target
        users = (batch.raw[0] - 1).cpu().numpy()
        losses = functional.cross_entropy(outputs.double(), target, ignore_index=-1, reduction="none")
        self._loss += losses.sum().item()
        self._known += int((target >= 0).sum())
        met = (torch.from_numpy(index).to(target.device) for index in self._catalogue.met_by(users, trained=True))
        outputs[tuple(met)] = -torch.inf
        self._users.append(users)
        self._ranks.append(ranks(outputs, target).cpu().numpy())
        if self._record:
            is_known = (target >= 0).tolist()
            told = {"place": (self._ranks[-1] + 1).tolist(), "loss": losses.tolist()}
            self._record(len(target), {name: _only(values, is_known) for name, values in told.items()})

    def result(self) -> tuple[dict[str, float], ClassReport | None]:
        """``loss`` over the interactions with known items; the others, means over users, take the rest for misses.

        Items that a user has met in training are left out of the order, as is usual (Liang et al., 2018, section 4).
        """
        found = ranking_metrics(np.concatenate(self._users), np.concatenate(self._ranks))
        return {"loss": self._loss / max(self._known, 1), **found}, None


def _only(values: list[Any], is_known: list[bool]) -> list[Any]:
    """``None`` where the item is unknown."""
    return [value if known else None for value, known in zip(values, is_known, strict=True)]


def ranks(scores: Tensor, target: Tensor) -> Tensor:
    """How many items stand before the target, int64 (batch,), in the order of ``scores`` (batch, items).

    Equal scores stand in the items' own order. A target of -1, an unknown item, stands behind all.
    """
    own = scores.gather(1, target.clamp(min=0).unsqueeze(1))
    before = torch.arange(scores.shape[1], device=scores.device) < target.unsqueeze(1)
    rank = ((scores > own) | ((scores == own) & before)).sum(dim=1)
    return torch.where(target < 0, scores.shape[1], rank)


def ranking_metrics(users: npt.NDArray[np.int32], ranks: Ranks) -> dict[str, float]:
    """Means over users of what is judged by the ``CUTOFF`` first places; both arrays are (interactions,).

    ``hit_rate``: whether any of a user's items is there; ``recall``: which share of them; ``ndcg``: their discounted
    gain 1 / log2(place + 1) over the largest possible (Järvelin & Kekäläinen, 2002), places counted from 1.
    """
    _, user = np.unique(users, return_inverse=True)
    items = np.bincount(user)
    is_hit = ranks < CUTOFF
    hits = np.bincount(user, weights=is_hit)
    discounts = 1 / np.log2(np.arange(CUTOFF) + 2)
    gains = np.bincount(user, weights=np.where(is_hit, discounts[np.minimum(ranks, CUTOFF - 1)], 0.0))
    ideal = np.cumsum(discounts)[np.minimum(items, CUTOFF) - 1]
    return {
        "ndcg_at_10": float((gains / ideal).mean()),
        "hit_rate_at_10": float((hits > 0).mean()),
        "recall_at_10": float((hits / items).mean()),
    }
