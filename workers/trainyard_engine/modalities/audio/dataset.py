"""Recordings of a compiled dataset in batches, and what is measured of them before the first step."""

import sys
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.ragged import RaggedColumn
from trainyard_engine.core.rng import permutation
from trainyard_engine.core.split import Rows
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.modalities.audio.encode import Frames, LogMel

ROWS_AT_ONCE = 32
"""Recordings whose frames are in memory together, outside of training."""
MOST_MEASURED = 4_096
"""Training recordings that mean and deviation are taken from; more would not change them."""


class RecordingSource:
    """Batches of samples int16 (batch, longest of them) with lengths int64 (batch,).

    Targets are classes int64 (batch,), or transcripts int32 (batch, longest of them), zeros behind each end.
    """

    def __init__(self, dataset: Dataset, device: torch.device, *, longest: int) -> None:
        self._audio = RaggedColumn(dataset, "audio", device, longest=longest)
        self._targets: Callable[[Rows], Tensor]
        if dataset.targets is None:
            self._targets = partial(_transcripts, RaggedColumn(dataset, "transcript", device, longest=sys.maxsize))
        else:
            self._targets = partial(_classes, torch.from_numpy(np.array(dataset.target)).to(device))

    def batches(self, rows: Rows, *, size: int, first: int = 0) -> Iterator[Batch]:
        """The rows in the order given, ``size`` at a time and the rest last, beginning with batch number ``first``."""
        for begin in range(first * size, len(rows), size):
            chosen = rows[begin : begin + size]
            yield Batch(raw=self._audio.rows(chosen), target=self._targets(chosen))


def _classes(target: Tensor, rows: Rows) -> Tensor:
    return target[torch.from_numpy(rows).to(target.device)]


def _transcripts(column: RaggedColumn, rows: Rows) -> Tensor:
    return column.rows(rows)[0]


def frames_of(dataset: Dataset, log_mel: LogMel, *, longest: int) -> npt.NDArray[np.int64]:
    """How many frames each recording gives, int64 (rows,)."""
    samples = np.minimum(np.diff(dataset.features["audio_offsets"]), longest)
    frames: npt.NDArray[np.int64] = log_mel.frames(torch.from_numpy(samples)).numpy()
    return frames


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
