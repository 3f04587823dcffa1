"""The users and items that a model met in training, by name, and which of them have met."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, overload

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

UNMET_ID = 0
"""The id, to a network, of a user or item that it did not meet in training; the n-th known one has the id n + 1."""

Ints = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Names(Sequence[str]):
    """Texts in the order of their UTF-8, which lie in ``content`` one after the other; int64 ``offsets`` (names + 1,).

    Nothing is decoded until it is asked for: there may be millions.
    """

    content: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        return self.content[self.offsets[index] : self.offsets[index + 1]].tobytes().decode()

    def find(self, name: str) -> int | None:
        """Where ``name`` is, if it is there."""
        # Code points are in the order of their UTF-8.
        place = bisect_left(self, name)
        return place if place < len(self) and self[place] == name else None

    def select(self, places: Ints) -> Self:
        """The names at ``places``, which ascend."""
        lengths = np.diff(self.offsets)[places]
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        return type(self)(self.content[spans(self.offsets[places], lengths)], offsets)


@dataclass(frozen=True, slots=True)
class ItemIndex:
    """Positions, not ids: the n-th user has met ``met[offsets[n]:offsets[n + 1]]``, int32 positions of items.

    ``trained`` says of each of ``met`` whether it was among the interactions of training, else it was held out.
    """

    users: Names
    items: Names
    offsets: npt.NDArray[np.int64]
    met: npt.NDArray[np.int32]
    trained: npt.NDArray[np.bool_]

    def met_by(self, users: Ints, *, trained: bool) -> tuple[Ints, Ints]:
        """Index pairs (row, item) of what the users at the positions ``users`` have met, all or only ``trained``.

        A user at -1, whom training did not meet, has met nothing.
        """
        lengths = np.where(users < 0, 0, self.offsets[users + 1] - self.offsets[users])
        entries = spans(self.offsets[users], lengths)
        rows = np.repeat(np.arange(len(users)), lengths)
        if trained:
            chosen = self.trained[entries]
            entries, rows = entries[chosen], rows[chosen]
        return rows, self.met[entries].astype(np.int64)

    def tensors(self) -> dict[str, Tensor]:
        """All of it, as it is stored."""
        arrays = {
            "users": self.users.content,
            "users_offsets": self.users.offsets,
            "items": self.items.content,
            "items_offsets": self.items.offsets,
            "met_offsets": self.offsets,
            "met": self.met,
            "trained": self.trained,
        }
        return {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Self:
        """What ``tensors`` gave. Raises ``KeyError`` where a part is missing."""
        arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
        return cls(
            users=Names(arrays["users"], arrays["users_offsets"]),
            items=Names(arrays["items"], arrays["items_offsets"]),
            offsets=arrays["met_offsets"],
            met=arrays["met"],
            trained=arrays["trained"],
        )


def spans(starts: Ints, lengths: Ints) -> npt.NDArray[np.int64]:
    """The numbers from ``starts[i]`` on, ``lengths[i]`` of them, for each i, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    numbers: npt.NDArray[np.int64] = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return numbers
