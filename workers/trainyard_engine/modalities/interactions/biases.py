"""Baseline ratings (Koren, "Factor in the Neighbors", 2010): the mean, and what a user and an item add to it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from trainyard_engine.core.split import Rows
from trainyard_engine.modalities.interactions.dataset import KnownIds

Floats = npt.NDArray[np.float64]

SWEEPS = 10
ITEM_DAMPING, USER_DAMPING = 10.0, 15.0
"""Imagined ratings without a bias, as Surprise takes them."""


@dataclass(frozen=True, slots=True)
class Biases:
    """``users`` and ``items``, by id, add to ``mean``; what training did not meet adds nothing."""

    mean: float
    users: Floats
    items: Floats

    @classmethod
    def fit(cls, ids: KnownIds, target: Floats, train: Rows) -> Self:
        """To the ratings ``target`` of the rows ``train``, by turns."""
        mean = float(target[train].mean())
        users, items, rests = ids.users[train], ids.items[train], target[train] - mean
        user_bias, item_bias = np.zeros(int(ids.users.max()) + 1), np.zeros(int(ids.items.max()) + 1)
        user_weight = np.bincount(users, minlength=len(user_bias)) + USER_DAMPING
        item_weight = np.bincount(items, minlength=len(item_bias)) + ITEM_DAMPING
        for _ in range(SWEEPS):
            sums = np.bincount(items, weights=rests - user_bias[users], minlength=len(item_bias))
            item_bias = sums / item_weight
            sums = np.bincount(users, weights=rests - item_bias[items], minlength=len(user_bias))
            user_bias = sums / user_weight
        return cls(mean, user_bias, item_bias)

    def ratings(self, ids: KnownIds, rows: Rows) -> Floats:
        """What they make of the users and items of ``rows``."""
        found: Floats = self.mean + self.users[ids.users[rows]] + self.items[ids.items[rows]]
        return found
