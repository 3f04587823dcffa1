"""Interactions of a compiled dataset: their split, what training met, batches."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.split import Rows, Split, split_examples, split_rows
from trainyard_engine.modalities.interactions.item_index import UNMET_ID, ItemIndex, Names
from trainyard_spec.splits import SplitConfig

Ids = npt.NDArray[np.int32]


def split_interactions(dataset: Dataset, spec: SplitConfig) -> Split:
    """Splits each user's interactions in the proportions of ``spec``, at least one of them into train.

    With times a user's earliest interactions train, the next validate and the latest test (a temporal user split; Meng
    et al., "Exploring Data Splitting Strategies for the Evaluation of Recommendation Models", RecSys 2020); without,
    they are drawn. Raises ``EngineFault`` when a part would be empty.
    """
    if spec.by != "random":
        return split_examples(dataset, spec)
    users = np.asarray(dataset.features["user"])
    if "time" not in dataset.features:
        return split_rows(users, spec)
    return split_rows(users, spec, order=np.argsort(dataset.features["time"], kind="stable"))


@dataclass(frozen=True, slots=True)
class KnownIds:
    """Ids of every row's user and item, int32 (rows,): ``UNMET_ID`` for what no training row holds."""

    users: Ids
    items: Ids

    @classmethod
    def of(cls, dataset: Dataset, train: Rows) -> "KnownIds":
        return cls(*(_ids(dataset.features[name], train) for name in ("user", "item")))


def item_index_of(dataset: Dataset, ids: KnownIds, train: Rows) -> ItemIndex:
    """What the rows ``train`` tell of users and items, and all that known users and items have met."""
    rows = np.flatnonzero((ids.users != UNMET_ID) & (ids.items != UNMET_ID))
    users, items = ids.users[rows] - 1, ids.items[rows] - 1
    order = np.lexsort((items, users))
    trained = np.zeros(dataset.compiled.rows, dtype=np.bool_)
    trained[train] = True
    counts = np.bincount(users, minlength=int(ids.users.max()))
    return ItemIndex(
        users=_known_names(dataset, "user", train),
        items=_known_names(dataset, "item", train),
        offsets=np.concatenate(([0], np.cumsum(counts))),
        met=items[order].astype(np.int32),
        trained=trained[rows[order]],
    )


def names_in(dataset: Dataset, column: str, rows: Rows) -> list[str]:
    """The names of the users, or items, of ``rows``."""
    names = Names(dataset.features[f"{column}s"], np.asarray(dataset.features[f"{column}s_offsets"]))
    return [names[place] for place in dataset.features[column][rows].tolist()]


class InteractionSource:
    """Batches of ids int32 (batch,) of users and of items on ``device``.

    The target is the rating, float32, or, to learn an order, the item's position among the known ones, int64.
    """

    def __init__(self, dataset: Dataset, ids: KnownIds, device: torch.device, *, ranks: bool) -> None:
        target = ids.items.astype(np.int64) - 1 if ranks else np.array(dataset.target)
        self._device = device
        self._arrays = [torch.from_numpy(array).to(device) for array in (ids.users, ids.items, target)]

    def batches(self, rows: Rows, *, size: int, first: int = 0) -> Iterator[Batch]:
        """The rows in the order given, ``size`` at a time and the rest last, beginning with batch number ``first``."""
        order = torch.from_numpy(rows).to(self._device)
        for begin in range(first * size, len(rows), size):
            user, item, target = (array.index_select(0, order[begin : begin + size]) for array in self._arrays)
            yield Batch(raw=(user, item), target=target)


class InteractionEncoder:
    """Ids int32 (batch,) of users and of items to int64 (batch, 2)."""

    shape: tuple[int, ...] = (2,)

    def __call__(self, raw: tuple[Tensor, ...]) -> Tensor:
        return torch.stack(raw, dim=1).long()


def _ids(codes: npt.NDArray[np.int32], train: Rows) -> Ids:
    known = np.unique(codes[train])
    table = np.full(int(codes.max()) + 1, UNMET_ID, dtype=np.int32)
    table[known] = np.arange(1, len(known) + 1)
    return table[codes]


def _known_names(dataset: Dataset, column: str, train: Rows) -> Names:
    content, offsets = dataset.features[f"{column}s"], dataset.features[f"{column}s_offsets"]
    return Names(content, offsets).select(np.unique(dataset.features[column][train]))
