"""Preprocessing for a pretrained network of images, by its ``preprocessor_config.json``, as ``transformers`` writes it.

What it says of size and of scaling is followed on whole batches on the device. Images are stretched to the size, and
nothing is cut off: those of a dataset have been brought to one size already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.statistics import Statistics

FULL_SCALE = 255
WAYS = {0: "nearest-exact", 2: "bilinear", 3: "bicubic"}
"""Of interpolation, by what Pillow calls them."""
UNREAD = ("do_flip_channel_order", "rescale_offset")
"""Steps of a few processors that are not followed."""


@dataclass(frozen=True, slots=True)
class ImageProcessor:
    """``mean`` and ``deviation`` are those of each channel, in units of 0 … 1; ``way`` is how pixels are interpolated.

    Raises ``ValueError`` in ``of`` for a configuration that cannot be followed.
    """

    channels: int
    height: int
    width: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    way: str

    @classmethod
    def of(cls, processor: Mapping[str, Any], config: Mapping[str, Any]) -> "ImageProcessor":
        """From a processor's configuration and that of its network."""
        if steps := [name for name in UNREAD if processor.get(name)]:
            raise ValueError(f"its images are prepared by {steps[0]}, which is not followed here")
        channels = int(config.get("num_channels", 3))
        crops = processor.get("do_center_crop") and processor.get("crop_size")
        height, width = _sides(crops or processor.get("size"))
        normalizes = processor.get("do_normalize", True)
        mean = _of_channels(processor.get("image_mean") if normalizes else 0.0, channels)
        deviation = _of_channels(processor.get("image_std") if normalizes else 1.0, channels)
        if processor.get("resample", 2) not in WAYS or min(deviation) <= 0:
            raise ValueError("its way to resize or to scale images is not followed here")
        return cls(channels, height, width, mean, deviation, WAYS[processor.get("resample", 2)])

    @property
    def statistics(self) -> Statistics:
        """What pixels from 0 to 255 are shifted and scaled by."""
        shift, scale = (tuple(FULL_SCALE * value for value in values) for values in (self.mean, self.deviation))
        return Statistics(shift, scale)


class ProcessedImageEncoder:
    """uint8 (batch, channels, height, width) to float32 (batch, channels, height, width) as ``processor`` says.

    Grey images are shown in every channel.
    """

    def __init__(self, processor: ImageProcessor, statistics: Statistics, device: torch.device) -> None:
        self.shape: tuple[int, ...] = (processor.channels, processor.height, processor.width)
        self._way = processor.way
        self._shift = torch.tensor(statistics.shift, device=device).reshape(-1, 1, 1)
        self._scale = torch.tensor(statistics.scale, device=device).reshape(-1, 1, 1)

    def __call__(self, raw: Sequence[Tensor]) -> Tensor:
        (images,) = raw
        channels, *sides = self.shape
        pixels = images.float()
        if list(pixels.shape[2:]) != sides:
            smooth = {} if self._way == "nearest-exact" else {"align_corners": False, "antialias": True}
            pixels = functional.interpolate(pixels, size=sides, mode=self._way, **smooth).clamp_(0, FULL_SCALE)
        return (pixels.expand(-1, channels, -1, -1) - self._shift) / self._scale


def _sides(size: Any) -> tuple[int, int]:
    """Height and width of a square, of a shortest edge or of both as they are named."""
    if isinstance(size, Mapping):
        edge = size.get("shortest_edge")
        size = (size.get("height", edge), size.get("width", edge))
    height, width = size if isinstance(size, Sequence) else (size, size)
    if not (isinstance(height, int) and isinstance(width, int) and min(height, width) > 0):
        raise ValueError("its preprocessor_config.json does not say how large images are")
    return height, width


def _of_channels(values: Any, channels: int) -> tuple[float, ...]:
    """One value for each channel, of a list or of one for all."""
    found = (values,) * channels if isinstance(values, int | float) else tuple(values or ())
    if len(found) != channels:
        raise ValueError("its preprocessor_config.json does not say how each channel is scaled")
    return tuple(map(float, found))
