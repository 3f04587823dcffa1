"""Gathers whole batches by row number, from the device's memory where the data fit and from disk where not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.split import Rows

RESIDENT_BYTES = 1 << 30
"""Data up to this size are kept on the device whole."""

FEATURE_ORDER = ("images", "numeric", "categorical")


@dataclass(frozen=True, slots=True)
class Batch:
    """``raw`` are the stored arrays' rows in ``FEATURE_ORDER``; ``target`` those of ``target.npy``."""

    raw: tuple[Tensor, ...]
    target: Tensor

    def parts(self, size: int) -> Iterator["Batch"]:
        """The batch itself if it has no more than ``size`` rows, else ``size`` rows at a time and the rest last."""
        if len(self.target) <= size:
            yield self
            return
        for *raw, target in zip(*(torch.split(tensor, size) for tensor in (*self.raw, self.target)), strict=True):
            yield Batch(raw=tuple(raw), target=target)


class BatchSource:
    """Batches of a dataset on ``device``."""

    def __init__(self, dataset: Dataset, device: torch.device) -> None:
        self._device = device
        self._arrays: list[npt.NDArray[Any]] = [dataset.features[n] for n in FEATURE_ORDER if n in dataset.features]
        self._arrays.append(dataset.target)
        self._resident: list[Tensor] | None = None
        if sum(array.nbytes for array in self._arrays) <= RESIDENT_BYTES:
            # Copies: torch must not write into, or warn about, a read-only map.
            self._resident = [torch.from_numpy(np.array(array)).to(device) for array in self._arrays]

    def batches(self, rows: Rows, *, size: int, first: int = 0) -> Iterator[Batch]:
        """The rows in the order given, ``size`` at a time and the rest last, beginning with batch number ``first``."""
        start = first * size
        on_device = torch.from_numpy(rows).to(self._device) if self._resident is not None else None
        for begin in range(start, len(rows), size):
            if self._resident is not None and on_device is not None:
                index = on_device[begin : begin + size]
                parts = [tensor.index_select(0, index) for tensor in self._resident]
            else:
                chosen = rows[begin : begin + size]
                parts = [torch.from_numpy(np.asarray(array)[chosen]).to(self._device) for array in self._arrays]
            yield Batch(raw=tuple(parts[:-1]), target=parts[-1])
