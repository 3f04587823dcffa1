"""The front end of pretrained networks that hear: samples as they are, scaled as ``preprocessor_config.json`` says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from trainyard_spec.audio import FULL_SCALE

LEAST_VARIANCE = 1e-7
"""Added before the root, as ``transformers`` does: silence is not divided by nothing."""


class Waves(NamedTuple):
    """``samples`` float32 (batch, samples), ``rate`` a second, zeros behind each recording's end; ``lengths`` int64
    (batch,)."""

    samples: Tensor
    lengths: Tensor
    rate: int

    @property
    def is_heard(self) -> Tensor:
        """bool (batch, samples): before the recording's end."""
        return torch.arange(self.samples.shape[1], device=self.lengths.device) < self.lengths[:, None]


@dataclass(frozen=True, slots=True)
class WaveProcessor:
    """``strides`` and ``kernels`` are those of the network's first layers, which make frames of samples.

    ``has_mask``: it was trained knowing where recordings end. ``of`` raises ``ValueError`` for a configuration that
    cannot be followed.
    """

    sample_rate: int
    normalizes: bool
    has_mask: bool
    kernels: tuple[int, ...]
    strides: tuple[int, ...]

    @classmethod
    def of(cls, processor: Mapping[str, Any], config: Mapping[str, Any]) -> "WaveProcessor":
        """From a processor's configuration and that of its network."""
        rate = processor.get("sampling_rate")
        if not isinstance(rate, int) or processor.get("feature_size", 1) != 1:
            raise ValueError("its preprocessor_config.json does not say at what sample rate it hears")
        if config.get("add_adapter"):
            raise ValueError("it has an adapter behind its layers, which is not followed here")
        kernels, strides = (tuple(config.get(name) or ()) for name in ("conv_kernel", "conv_stride"))
        return cls(
            rate,
            bool(processor.get("do_normalize", True)),
            bool(processor.get("return_attention_mask", False)),
            kernels or (10, 3, 3, 3, 3, 2, 2),
            strides or (5, 2, 2, 2, 2, 2, 2),
        )

    def frames(self, samples: Any) -> Any:
        """How many frames so many samples, an int or an array, give; at least one."""
        for kernel, stride in zip(self.kernels, self.strides, strict=True):
            samples = (samples - kernel) // stride + 1
        return samples * (samples > 0) + (samples <= 0)

    @property
    def least_samples(self) -> int:
        """What one frame is made of."""
        samples = 1
        for kernel, stride in zip(reversed(self.kernels), reversed(self.strides), strict=True):
            samples = (samples - 1) * stride + kernel
        return samples


class Processor(Protocol):
    """What a network says of the samples that it hears."""

    @property
    def sample_rate(self) -> int: ...

    @property
    def normalizes(self) -> bool: ...

    @property
    def least_samples(self) -> int: ...


class WaveEncoder:
    """Samples int16, or float32 in their units, (batch, samples) and lengths int64 (batch,), to ``Waves``.

    Each recording is brought to mean 0 and variance 1, where the network wants that. All batches are as long as
    ``longest``, the longest recording of the data: networks that do not know where recordings end hear the silence
    behind them, and would tell otherwise of the same recording in another batch.
    """

    def __init__(self, processor: Processor, *, longest: int) -> None:
        self._normalizes, self._rate = processor.normalizes, processor.sample_rate
        self._longest = max(longest, processor.least_samples)
        self.shape: tuple[int, ...] = (self._longest,)

    def __call__(self, raw: tuple[Tensor, ...]) -> Waves:
        audio, lengths = raw
        samples = functional.pad(audio.float() / FULL_SCALE, (0, max(0, self._longest - audio.shape[1])))
        waves = Waves(samples, lengths, self._rate)
        if self._normalizes:
            heard = waves.is_heard
            mean = samples.sum(dim=1, keepdim=True) / lengths[:, None]
            centred = (samples - mean) * heard
            variance = centred.square().sum(dim=1, keepdim=True) / lengths[:, None]
            waves = waves._replace(samples=centred / (variance + LEAST_VARIANCE).sqrt())
        return waves
