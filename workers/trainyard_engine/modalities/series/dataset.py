"""Series of a compiled dataset in batches: windows of one length, or whole series padded to their longest."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from trainyard_engine.core.batches import RESIDENT_BYTES, Batch
from trainyard_engine.core.dataset import Dataset
from trainyard_engine.core.provenance import Columns, names_of
from trainyard_engine.core.split import Rows
from trainyard_engine.modalities.series.window_scaling import WindowScaling


def series_of(dataset: Dataset, series: Rows) -> Columns:
    """The names of ``series``, where they have any."""
    return {"series": names_of(dataset, series)} if "name" in dataset.features else {}


class StepStore:
    """The steps of all series one after the other, on ``device`` where they fit and on disk where not."""

    def __init__(self, dataset: Dataset, device: torch.device) -> None:
        self._values = dataset.features["values"]
        self._device = device
        self._resident: Tensor | None = None
        if self._values.nbytes <= RESIDENT_BYTES:
            self._resident = torch.from_numpy(np.array(self._values)).to(device)

    def runs(self, starts: Rows, longest: int) -> Tensor:
        """The ``longest`` steps from each of ``starts`` on, float64 (starts, longest, channels).

        Behind the very last step stands that step again.
        """
        places = np.minimum(starts[:, None] + np.arange(longest), len(self._values) - 1)
        if self._resident is None:
            return torch.from_numpy(self._values[places]).to(self._device)
        return self._resident[torch.from_numpy(places).to(self._device)]


class WindowSource:
    """Windows of ``context`` steps with the ``horizon`` values of the first channel that come after them.

    A batch's ``raw`` are ``Windows``, its ``target`` float64 (batch, 2, horizon): standardized as they say, and as
    stored. ``starts`` are the first steps of all windows, by number.
    """

    def __init__(self, dataset: Dataset, starts: Rows, scaling: WindowScaling, *, context: int, horizon: int) -> None:
        self._store = StepStore(dataset, scaling.device)
        self._offsets = np.asarray(dataset.features["values_offsets"])
        self._starts = starts
        self._scaling = scaling
        self._context = context
        self._length = context + horizon

    def batches(self, rows: Rows, *, size: int, first: int = 0) -> Iterator[Batch]:
        for begin in range(first * size, len(rows), size):
            starts = self._starts[rows[begin : begin + size]]
            steps = self._store.runs(starts, self._length).double()
            series = torch.from_numpy(np.searchsorted(self._offsets, starts, side="right") - 1).to(steps.device)
            windows = self._scaling(steps[:, : self._context], series)
            told = steps[:, self._context :, 0]
            yield Batch(raw=windows, target=torch.stack((windows.standardized(told), told), dim=1))


class SequenceSource:
    """Whole series with their classes, read up to ``max_length`` steps.

    A batch's ``raw`` is float64 (batch, longest, channels) and the length of each, int64 (batch,); what stands behind
    an end is another series.
    """

    def __init__(self, dataset: Dataset, *, max_length: int, device: torch.device) -> None:
        self._store = StepStore(dataset, device)
        offsets = np.asarray(dataset.features["values_offsets"])
        self._starts = offsets[:-1]
        self._lengths = np.minimum(np.diff(offsets), max_length)
        self._target = dataset.target
        self._device = device

    def batches(self, rows: Rows, *, size: int, first: int = 0) -> Iterator[Batch]:
        for begin in range(first * size, len(rows), size):
            chosen = rows[begin : begin + size]
            lengths = self._lengths[chosen]
            yield Batch(
                raw=(
                    self._store.runs(self._starts[chosen], int(lengths.max())),
                    torch.from_numpy(lengths).to(self._device),
                ),
                target=torch.from_numpy(self._target[chosen]).to(self._device),
            )
