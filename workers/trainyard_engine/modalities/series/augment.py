"""Augmentations of batches of series: steps float64 (batch, steps, channels), NaN where a value is missing."""

import torch
from torch import Tensor

from trainyard_spec.augmentation import JitterAugment, WindowWarpAugment


def jitter(steps: Tensor, spec: JitterAugment) -> Tensor:
    """Adds noise to float64 (batch, steps, channels); what is missing, NaN, stays so."""
    missing = steps.isnan()
    count = (~missing).sum(dim=(0, 1)).clamp(min=1)
    distance = (steps - steps.nansum(dim=(0, 1)) / count).masked_fill(missing, 0.0)
    deviation = (distance.square().sum(dim=(0, 1)) / count).sqrt()
    return steps + spec.deviation * deviation * torch.randn(steps.shape, device=steps.device)


def window_warp(steps: Tensor, lengths: Tensor, spec: WindowWarpAugment) -> Tensor:
    """Stretches or squeezes a window of each series, at a place drawn uniformly, in all channels alike.

    First and last steps stay where they are, and what stands behind a series' end stays what it is. Between two steps
    numbers are interpolated linearly; where one of them is missing the nearer counts.
    """
    place = torch.arange(steps.shape[1], device=steps.device)
    source = _sources(place, (lengths - 1)[:, None].float(), spec)
    before = source.floor()
    left = steps.take_along_dim(before.long()[:, :, None], dim=1)
    right = steps.take_along_dim(source.ceil().long()[:, :, None], dim=1)
    share = (source - before)[:, :, None]
    between = left + share * (right - left)
    warped = torch.where(between.isnan(), torch.where(share < 0.5, left, right), between)
    return torch.where((place < lengths[:, None])[:, :, None], warped, steps)


def _sources(place: Tensor, last: Tensor, spec: WindowWarpAugment) -> Tensor:
    """Where in its series each step (steps,) is read, float32 (batch, steps) from 0 to ``last`` (batch, 1)."""
    drawn = torch.rand(2, len(last), 1, device=last.device)
    start, window = drawn[0] * (1 - spec.window) * last, spec.window * last
    factor = torch.where(drawn[1] < 0.5, spec.factor, 1 / spec.factor)
    longer = (factor - 1) * window
    # Places in the warped series, which is longer or shorter, before it is rescaled.
    warped = place * (1 + (factor - 1) * spec.window)
    inside = start + (warped - start) / factor
    behind = warped >= start + factor * window
    source = torch.where(behind, warped - longer, torch.where(warped < start, warped, inside))
    return torch.minimum(source, last).clamp(min=0)
