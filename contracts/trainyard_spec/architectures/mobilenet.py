"""Configuration of ``mobilenet``: inverted residual blocks, small and fast."""

from typing import ClassVar, Literal

from pydantic import Field

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.architectures.stem import Stem
from trainyard_spec.tasks import Task

STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""Expansion, channels, blocks and first stride of each stage (their table 2)."""

STEM_CHANNELS = 32
LAST_CHANNELS = 1280
DIVISOR = 8


class MobilenetConfig(ArchitectureConfig):
    """MobileNetV2: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (CVPR 2018)."""

    place: ClassVar[int] = 50
    title: ClassVar[str] = "MobileNet v2"
    summary: ClassVar[str] = "Depthwise convolutions in inverted residuals: few parameters, for small devices."
    tasks: ClassVar[tuple[Task, ...]] = (Task.IMAGE_CLASSIFICATION, Task.IMAGE_REGRESSION)

    name: Literal["mobilenet"] = "mobilenet"
    width: float = Field(
        default=1.0, ge=0.1, le=4, description="Width multiplier on the published channels, rounded to multiples of 8."
    )
    stem: Stem = "auto"


def scaled(channels: int, factor: float) -> int:
    """``channels * factor`` to the nearest multiple of 8, but never more than a tenth below."""
    wanted = channels * factor
    nearest = max(DIVISOR, int(wanted + DIVISOR / 2) // DIVISOR * DIVISOR)
    return nearest if nearest >= 0.9 * wanted else nearest + DIVISOR
