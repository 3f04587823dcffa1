"""Recordings of a compiled dataset in batches, and what is measured of them before the first step."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from trainyard_engine.data.batches import Batch
from trainyard_engine.data.dataset import Dataset
from trainyard_engine.data.log_mel import Frames, LogMel
from trainyard_engine.data.ragged import RaggedColumn
from trainyard_engine.data.split import Rows
from trainyard_engine.data.statistics import Statistics
from trainyard_engine.keyed import permutation

ROWS_AT_ONCE = 32
"""Recordings whose frames are in memory together, outside of training."""
MOST_MEASURED = 4_096
"""Training recordings that mean and deviation are taken from; more would not change them."""


class RecordingSource:
    """Batches of samples int16 (batch, longest of them) with lengths int64 (batch,), and classes int64 (batch,)."""

    def __init__(self, dataset: Dataset, device: torch.device, *, longest: int) -> None:
        self._audio = RaggedColumn(dataset, "audio", device, longest=longest)
        self._target = torch.from_numpy(np.array(dataset.target)).to(device)

    def batches(self, rows: Rows, *, size: int, first: int = 0) -> Iterator[Batch]:
        """The rows in the order given, ``size`` at a time and the rest last, beginning with batch number ``first``."""
        for begin in range(first * size, len(rows), size):
            chosen = rows[begin : begin + size]
            target = self._target[torch.from_numpy(chosen).to(self._target.device)]
            yield Batch(raw=self._audio.rows(chosen), target=target)


def frame_statistics(dataset: Dataset, train: Rows, log_mel: LogMel, *, longest: int) -> Statistics:
    """Mean and deviation of each mel bin over the frames of at most ``MOST_MEASURED`` recordings of ``train``."""
    audio = RaggedColumn(dataset, "audio", torch.device("cpu"), longest=longest)
    measured = np.sort(train[permutation(len(train), "measured")[:MOST_MEASURED]])
    count, total, squares = 0, torch.zeros(log_mel.mels).double(), torch.zeros(log_mel.mels).double()
    for begin in range(0, len(measured), ROWS_AT_ONCE):
        samples, lengths = audio.rows(measured[begin : begin + ROWS_AT_ONCE])
        frames = Frames(log_mel(samples), log_mel.frames(lengths))
        heard = frames.features[frames.is_heard].double()
        count += len(heard)
        total += heard.sum(dim=0)
        squares += heard.square().sum(dim=0)
    mean = total / count
    deviation = (squares / count - mean.square()).clamp(min=0).sqrt()
    return Statistics(tuple(mean.tolist()), tuple(_safe(deviation).tolist()))


def _safe(deviation: Tensor) -> Tensor:
    """A bin that never changes is not divided by what rounding left of its deviation."""
    return torch.where(deviation > 1e-3, deviation, 1.0)
