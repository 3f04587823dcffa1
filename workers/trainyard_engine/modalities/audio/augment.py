"""Augmentations of batches of recordings.

Recordings are samples int16 (batch, samples), or float32 in their units once noise has been added, zeros behind each
end. Every recording draws for itself.
"""

import torch
from torch import Tensor

from trainyard_engine.modalities.audio.encode import Frames
from trainyard_spec.augmentation import NoiseAugment, SpecAugment, TimeShiftAugment


def noise(audio: Tensor, lengths: Tensor, spec: NoiseAugment) -> Tensor:
    """Adds normal noise, float32 (batch, samples), at a signal-to-noise ratio drawn uniformly in decibels.

    The signal's power is its mean square, so silence stays silent.
    """
    signal = audio.float()
    power = signal.square().sum(dim=1, keepdim=True) / lengths[:, None]
    drawn = torch.rand(len(audio), 1, device=audio.device)
    ratio = spec.lowest_db + (spec.highest_db - spec.lowest_db) * drawn
    deviation = power.sqrt() * 10 ** (-ratio / 20)
    noisy = signal + deviation * torch.randn(audio.shape, device=audio.device)
    return noisy.masked_fill(_behind(audio, lengths), 0.0)


def time_shift(audio: Tensor, lengths: Tensor, spec: TimeShiftAugment) -> Tensor:
    """Moves each recording by a share of its length drawn uniformly; what passes an end is lost, zeros come in."""
    drawn = 2 * torch.rand(len(audio), 1, device=audio.device) - 1
    shift = (drawn * spec.fraction * lengths[:, None]).round().long()
    source = torch.arange(audio.shape[1], device=audio.device) - shift
    outside = (source < 0) | (source >= lengths[:, None]) | _behind(audio, lengths)
    return audio.gather(1, source.clamp(0, audio.shape[1] - 1)).masked_fill(outside, 0)


def mask_frames(frames: Frames, spec: SpecAugment) -> Frames:
    """Sets bands of mel bins and stretches of frames to 0, the mean of each standardized bin.

    Widths are whole numbers drawn uniformly from 0 to the spec's share, places uniformly from where the mask fits.
    """
    mels = torch.full_like(frames.lengths, frames.features.shape[2])
    bands = _masks(mels, frames.features.shape[2], masks=spec.frequency_masks, share=spec.frequency_share)
    times = _masks(frames.lengths, frames.features.shape[1], masks=spec.time_masks, share=spec.time_share)
    return frames._replace(features=frames.features.masked_fill(bands[:, None, :] | times[:, :, None], 0.0))


def _masks(sizes: Tensor, longest: int, *, masks: int, share: float) -> Tensor:
    """Which of the places 0 … ``longest`` - 1 one of the ``masks`` covers, within ``sizes``: bool (batch, longest)."""
    drawn = torch.rand(2, len(sizes), masks, device=sizes.device)
    width = (drawn[0] * ((share * sizes).floor()[:, None] + 1)).floor()
    start = (drawn[1] * (sizes[:, None] - width + 1)).floor()
    place = torch.arange(longest, device=sizes.device)[:, None]
    covered: Tensor = ((place >= start[:, None]) & (place < (start + width)[:, None])).any(dim=2)
    return covered


def _behind(audio: Tensor, lengths: Tensor) -> Tensor:
    """Which samples lie behind their recording's end: bool (batch, samples)."""
    return torch.arange(audio.shape[1], device=audio.device) >= lengths[:, None]
