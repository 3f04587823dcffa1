"""Rows of different lengths, stored one after the other, as padded batches."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from trainyard_engine.core.batches import RESIDENT_BYTES
from trainyard_engine.core.dataset import OFFSETS, Dataset
from trainyard_engine.core.split import Rows

Offsets = npt.NDArray[np.int64]


class RaggedColumn:
    """The array ``name`` of a dataset; of each row at most ``longest`` values are read, from its start.

    Gathers on the device where the values fit, and from disk where not.
    """

    def __init__(self, dataset: Dataset, name: str, device: torch.device, *, longest: int) -> None:
        self._values = dataset.features[name]
        self._device = device
        offsets = dataset.features[name + OFFSETS]
        self._starts = np.asarray(offsets[:-1])
        self._lengths = np.minimum(np.diff(offsets), longest)
        self._resident: Tensor | None = None
        if self._values.nbytes <= RESIDENT_BYTES:
            # A copy: torch must not write into, or warn about, a read-only map.
            self._resident = torch.from_numpy(np.array(self._values)).to(device)

    def rows(self, chosen: Rows) -> tuple[Tensor, Tensor]:
        """Values (rows, longest of them), zeros behind each row's end, and lengths int64 (rows,), on the device."""
        starts, lengths = self._starts[chosen], self._lengths[chosen]
        on_device = torch.from_numpy(lengths).to(self._device)
        if self._resident is None:
            return torch.from_numpy(padded(self._values, starts, lengths)).to(self._device), on_device
        place = torch.arange(int(lengths.max()), device=self._device)
        begin = torch.from_numpy(starts).to(self._device)
        found = self._resident[(begin[:, None] + place).clamp_(max=len(self._resident) - 1)]
        return found.masked_fill_(place >= on_device[:, None], 0), on_device


def padded(values: npt.NDArray[Any], starts: Offsets, lengths: Offsets, *, padding: int = 0) -> npt.NDArray[Any]:
    """(rows, longest): the ``lengths[i]`` values from ``starts[i]`` on, then ``padding``."""
    place = np.arange(lengths.max())
    # Behind the last row there is nothing to read; what is read there is padded over.
    found = values[np.minimum(starts[:, None] + place, len(values) - 1)]
    return np.where(place < lengths[:, None], found, values.dtype.type(padding))
