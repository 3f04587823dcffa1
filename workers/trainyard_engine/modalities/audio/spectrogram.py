"""The front end of the Audio Spectrogram Transformer (Gong et al., Interspeech 2021): Kaldi's log-mel filter banks.

As ``ASTFeatureExtractor`` of ``transformers`` computes them, of whole batches.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from trainyard_engine.modalities.audio.waveform import Waves

WINDOW, HOP, TRANSFORM = 400, 160, 512
"""Samples, whatever the sample rate is."""
LOWEST_HERTZ = 20
PREEMPHASIS = 0.97
FLOOR = 1.192092955078125e-07


@dataclass(frozen=True, slots=True)
class SpectrogramProcessor:
    """``frames_read`` frames of each recording are read, of ``mels`` bands; ``of`` raises ``ValueError``.

    They are brought to ``mean`` and twice ``std`` where ``scales`` says so. Samples are taken as they are.
    """

    sample_rate: int
    mels: int
    frames_read: int
    mean: float
    std: float
    scales: bool
    normalizes: bool = False

    @classmethod
    def of(cls, processor: Mapping[str, Any], config: Mapping[str, Any]) -> "SpectrogramProcessor":
        """From a processor's configuration and that of its network, which have to agree."""
        rate = processor.get("sampling_rate", 16_000)
        mels, frames = processor.get("num_mel_bins", 128), processor.get("max_length", 1_024)
        if (mels, frames) != (config.get("num_mel_bins", 128), config.get("max_length", 1_024)):
            raise ValueError("its preprocessor_config.json makes other spectrograms than its network reads")
        scales = bool(processor.get("do_normalize", True))
        return cls(rate, mels, frames, processor.get("mean", -4.2677393), processor.get("std", 4.5689974), scales)

    @property
    def least_samples(self) -> int:
        """What one frame is made of."""
        return WINDOW

    def filters(self) -> Tensor:
        """Weights of the transform's bins in each band, float64 (bins, mels)."""
        from transformers.audio_utils import mel_filter_bank

        found = mel_filter_bank(
            num_frequency_bins=TRANSFORM // 2 + 1,
            num_mel_filters=self.mels,
            min_frequency=LOWEST_HERTZ,
            max_frequency=self.sample_rate // 2,
            sampling_rate=self.sample_rate,
            norm=None,
            mel_scale="kaldi",
            triangularize_in_mel_space=True,
        )
        return torch.from_numpy(found)

    def features(self, waves: Waves, filters: Tensor) -> Tensor:
        """Float32 (batch, frames read, mels) of the recordings, silence behind their ends as ``transformers`` has it.

        Computed in float64, as there: a difference of neighbouring samples is small beside them.
        """
        most = WINDOW + (self.frames_read - 1) * HOP
        frames = waves.samples[:, :most].double().unfold(1, WINDOW, HOP)
        frames = frames - frames.mean(dim=2, keepdim=True)
        first, others = frames[..., :1] * (1 - PREEMPHASIS), frames[..., 1:] - PREEMPHASIS * frames[..., :-1]
        window = torch.hann_window(WINDOW, periodic=False, dtype=torch.float64, device=frames.device)
        spectrum = torch.fft.rfft(torch.cat((first, others), dim=2) * window, n=TRANSFORM)
        bands = (spectrum.abs().square() @ filters.to(frames)).clamp(min=FLOOR).log()
        counts = (waves.lengths - WINDOW) // HOP + 1
        is_heard = torch.arange(bands.shape[1], device=bands.device) < counts[:, None]
        found: Tensor = bands.new_zeros((len(bands), self.frames_read, self.mels))
        found[:, : bands.shape[1]] = bands * is_heard[..., None]
        return ((found - self.mean) / (2 * self.std) if self.scales else found).float()
