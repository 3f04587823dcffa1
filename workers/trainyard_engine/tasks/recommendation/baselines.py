"""Orders of items, held against the same one for everybody."""

from collections.abc import Iterator

import numpy as np
import torch

from trainyard_engine.core.provenance import Columns
from trainyard_engine.core.split import Rows
from trainyard_engine.modalities.interactions.dataset import KnownIds
from trainyard_engine.tasks.recommendation.objective import CUTOFF, ranks
from trainyard_engine.tasks.verdict.contest import Contest, Rival, Tested
from trainyard_engine.tasks.verdict.measures import BLOCKS, Floats, Measure, ratio

NDCG = Measure("ndcg_at_10", ratio)
DISCOUNTS = 1 / np.log2(np.arange(CUTOFF) + 2)


class OrderContest(Contest):
    """By the normalized discounted cumulative gain of a user's ten best, in the mean over users."""

    measure = NDCG
    unit = "interactions"

    def __init__(self, tested: Tested) -> None:
        self._ids = KnownIds.of(tested.dataset, tested.split.train)
        _, self._user, self._items = np.unique(
            self._ids.users[tested.split.test], return_inverse=True, return_counts=True
        )
        super().__init__(tested)

    def parts(self, examples: Rows, told: Columns) -> Floats:
        places = [CUTOFF if place is None else place - 1 for place in told["place"]]
        return self._parts(np.searchsorted(self.tested.split.test, examples), np.array(places))

    def rivals(self) -> Iterator[Rival]:
        yield self.rival("most_popular", self._popular())

    def _popular(self) -> Iterator[Floats]:
        split, model = self.tested.split, self.tested.model
        item_index = model.preprocessing.item_index
        assert item_index is not None  # noqa: S101  recommenders have one
        popularity = np.bincount(self._ids.items[split.train], minlength=len(item_index.items) + 1)[1:]
        scores = torch.from_numpy(popularity.astype(np.float32))
        size = model.objective.evaluation_rows
        for begin in range(0, len(split.test), size):
            chosen = split.test[begin : begin + size]
            users, target = self._ids.users[chosen] - 1, self._ids.items[chosen].astype(np.int64) - 1
            own = scores.repeat(len(chosen), 1)
            own[tuple(map(torch.from_numpy, item_index.met_by(users, trained=True)))] = -torch.inf
            yield self._parts(np.arange(begin, begin + len(chosen)), ranks(own, torch.from_numpy(target)).numpy())

    def _parts(self, numbers: Rows, found: Rows) -> Floats:
        """Shares of their users' metric that test interactions have whose items stand behind ``found`` others."""
        items = self._items[self._user[numbers]]
        ideal = np.cumsum(DISCOUNTS)[np.minimum(items, CUTOFF) - 1]
        gains = np.where(found < CUTOFF, DISCOUNTS[np.minimum(found, CUTOFF - 1)], 0.0)
        return np.stack((gains / ideal, 1 / items), axis=1)

    def _blocks(self) -> Rows:
        """All interactions of a user are left out together."""
        users = len(self._items)
        blocks: Rows = self._user * min(BLOCKS, users) // users
        return blocks
