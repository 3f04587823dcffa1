"""The front end of networks that hear: from samples to log-mel frames, in whole batches on the device."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from trainyard_engine.core.statistics import Statistics
from trainyard_spec.audio import FULL_SCALE, AudioConfig

FLOOR = 1e-6
"""Energies below are taken for it: about a hundred decibels under full scale, the noise of 16-bit samples."""

LINEAR_HZ = 200 / 3
"""Hz of a mel below ``BREAK_HZ``, from where on it is a constant ratio."""
BREAK_HZ = 1_000.0
MELS_BELOW_BREAK = BREAK_HZ / LINEAR_HZ
LOG_STEP = math.log(6.4) / 27


class Frames(NamedTuple):
    """``features`` float32 (batch, frames, mels), zeros behind each recording's end; ``lengths`` int64 (batch,)."""

    features: Tensor
    lengths: Tensor

    @property
    def is_heard(self) -> Tensor:
        """bool (batch, frames): before the recording's end."""
        return torch.arange(self.features.shape[1], device=self.lengths.device) < self.lengths[:, None]


def hz_to_mel(frequency: Tensor) -> Tensor:
    """The mel scale of Slaney's Auditory Toolbox (1998): linear up to 1 kHz, logarithmic above."""
    above = MELS_BELOW_BREAK + torch.log(frequency.clamp(min=BREAK_HZ) / BREAK_HZ) / LOG_STEP
    return torch.where(frequency < BREAK_HZ, frequency / LINEAR_HZ, above)


def mel_to_hz(mel: Tensor) -> Tensor:
    """The inverse of ``hz_to_mel``."""
    above = BREAK_HZ * torch.exp(LOG_STEP * (mel - MELS_BELOW_BREAK))
    return torch.where(mel < MELS_BELOW_BREAK, mel * LINEAR_HZ, above)


def mel_filters(*, mels: int, rate: int, bins: int) -> Tensor:
    """float64 (bins, mels): triangles, of height 1 and evenly spaced in mel, over frequencies from 0 to half ``rate``.

    Each rises from its lower neighbour's centre and falls to its upper one's (Davis & Mermelstein, 1980).
    """
    highest = hz_to_mel(torch.tensor(rate / 2, dtype=torch.float64))
    edges = mel_to_hz(torch.linspace(0, 1, mels + 2, dtype=torch.float64) * highest)
    frequency = torch.linspace(0, rate / 2, bins, dtype=torch.float64)[:, None]
    rising = (frequency - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequency) / (edges[2:] - edges[1:-1])
    return torch.minimum(rising, falling).clamp(min=0)


class LogMel:
    """Samples int16, or float32 in their units, (batch, samples), to ln of mel energies float32 (batch, frames, mels).

    Frame t measures the samples from t · hop on under a Hann window; energies are those of amplitudes up to 1. A
    recording shorter than a window counts as one frame, filled up with silence.
    """

    def __init__(self, spec: AudioConfig, rate: int, device: torch.device) -> None:
        self.window = max(2, round(spec.window_ms * rate / 1000))
        self.hop = max(1, round(spec.hop_ms * rate / 1000))
        self.mels = spec.mels
        # Zeros behind each window, a power of two together, place bins more densely than the narrowest triangle.
        self._points = 1 << self.window.bit_length()
        self._hann = torch.hann_window(self.window, device=device) / FULL_SCALE
        bank = mel_filters(mels=spec.mels, rate=rate, bins=self._points // 2 + 1)
        self._bank = bank.to(device, torch.float32)

    def frames(self, samples: Tensor) -> Tensor:
        """How many whole frames so many samples give, at least one."""
        return (samples - self.window).clamp(min=0) // self.hop + 1

    def __call__(self, audio: Tensor) -> Tensor:
        signal = torch.nn.functional.pad(audio.float(), (0, max(0, self.window - audio.shape[1])))
        spectrum = torch.fft.rfft(signal.unfold(1, self.window, self.hop) * self._hann, n=self._points)
        energy = spectrum.real.square() + spectrum.imag.square()
        features: Tensor = (energy @ self._bank).clamp(min=FLOOR).log()
        return features


class FrameEncoder:
    """Samples (batch, samples) and lengths int64 (batch,) to ``Frames``, shifted and scaled per mel bin."""

    def __init__(self, log_mel: LogMel, statistics: Statistics, device: torch.device) -> None:
        self.shape: tuple[int, ...] = (log_mel.mels,)
        self._log_mel = log_mel
        self._shift = torch.tensor(statistics.shift, device=device)
        self._scale = torch.tensor(statistics.scale, device=device)

    def __call__(self, raw: tuple[Tensor, ...]) -> Frames:
        audio, lengths = raw
        # Half precision would lose what is quiet.
        with torch.autocast(audio.device.type, enabled=False):
            features = (self._log_mel(audio) - self._shift) / self._scale
        frames = Frames(features, self._log_mel.frames(lengths))
        return frames._replace(features=features * frames.is_heard[:, :, None])
