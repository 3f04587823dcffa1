"""Windows of series of any scale as a network takes them, and its outputs in the target's units again."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from trainyard_engine.core.coverage import Coverage
from trainyard_engine.modalities.series.scales import ROUNDING, UNMET_SERIES, SeriesScales
from trainyard_spec.series import SeriesConfig


class ScaledWindows(NamedTuple):
    """``inputs`` float32 (batch, context, channels) are what a network sees.

    A standardized target times ``scale`` plus ``shift``, both float64 (batch,), is in its own units, as ``history``
    float64 (batch, context) is: the target's values so far. ``series`` int64 (batch,) are numbers.
    """

    inputs: Tensor
    shift: Tensor
    scale: Tensor
    history: Tensor
    series: Tensor

    def standardized(self, target: Tensor) -> Tensor:
        """Standardized values, float64 (batch, horizon)."""
        return (target - self.shift[:, None]) / self.scale[:, None]

    def in_units(self, outputs: Tensor) -> Tensor:
        """What ``standardized`` made of it, float64 (batch, horizon)."""
        return outputs.double() * self.scale[:, None] + self.shift[:, None]


class WindowScaling:
    """Scales each window by its series' training part, or by itself.

    By itself is instance normalization, as in RevIN (Kim et al., ICLR 2022) without its weights; so is a series that
    training did not meet. A residual is told from the window's last value, as in NLinear (Zeng et al., AAAI 2023), and
    scaled by how much the target moves within a horizon. A channel that ``coverage`` says never varied stays so.
    """

    def __init__(
        self, scales: SeriesScales, series: SeriesConfig, device: torch.device, *, coverage: Coverage | None = None
    ) -> None:
        self._per_window = series.scaling == "per_window"
        self._residual = series.residual
        self._horizon = series.horizon
        self.device = device
        tables = (scales.shift, scales.scale, scales.fill, scales.target_shift, scales.target_scale)
        self._was_constant = torch.zeros(scales.shift.shape[1], dtype=torch.bool, device=device)
        if coverage:
            # The target's history counts, steady or not: it is told from there.
            covariates = [channel.is_constant for channel in coverage.numeric[1:]]
            self._was_constant[1:] = torch.tensor(covariates, dtype=torch.bool)
        self._tables = tuple(torch.from_numpy(table).to(device) for table in tables)

    def __call__(self, values: Tensor, series: Tensor, *, all_known: bool = True) -> ScaledWindows:
        """Of float64 (batch, context, channels), NaN where other channels than the first lack a value.

        ``series`` int64 (batch,) are numbers, ``UNMET_SERIES`` among them unless ``all_known``.
        """
        rows = torch.zeros_like(series) if len(self._tables[0]) == 1 else series
        found = tuple(table[rows] for table in self._tables)
        if self._per_window:
            found = self._of_windows(values, found)
        elif not all_known:
            own = (series == UNMET_SERIES)[:, None]
            found = tuple(
                torch.where(own if known.ndim == 2 else own[:, 0], seen, known)
                for seen, known in zip(self._of_windows(values, found), found, strict=True)
            )
        shift, scale, fill, target_shift, target_scale = found
        if self._residual:
            target_shift = values[:, -1, 0]
            shift, scale = shift.clone(), scale.clone()
            shift[:, 0], scale[:, 0] = target_shift, target_scale
        filled = torch.where(values.isnan() | self._was_constant, fill[:, None], values)
        inputs = ((filled - shift[:, None]) / scale[:, None]).float()
        return ScaledWindows(inputs, target_shift, target_scale, values[:, :, 0], series)

    def _of_windows(self, values: Tensor, otherwise: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """As the tables, of each window alone; ``otherwise`` where it has no value or does not vary."""
        mean = values.nanmean(dim=1)
        std = (values - mean[:, None]).square().nanmean(dim=1).sqrt()
        size = values.abs().nan_to_num().amax(dim=1)
        scale = torch.where(std > ROUNDING * size, std, otherwise[1])
        mean = torch.where(mean.isnan(), otherwise[0], mean)
        target, lag = values[:, :, 0], min(self._horizon, values.shape[1] - 1)
        target_scale = scale[:, 0]
        if self._residual and lag:
            moved = (target[:, lag:] - target[:, :-lag]).square().mean(dim=1).sqrt() * np.sqrt(self._horizon / lag)
            target_scale = torch.where(moved > ROUNDING * size[:, 0], moved, otherwise[4])
        return mean, scale, mean, mean[:, 0], target_scale
