"""Configuration of ``mobilenet``: inverted residuals, small and fast."""

from typing import ClassVar, Literal

from pydantic import Field

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.architectures.stem import Stem
from trainyard_spec.tasks import Task


class MobilenetConfig(ArchitectureConfig):
    """Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (CVPR 2018)."""

    place: ClassVar[int] = 50
    title: ClassVar[str] = "MobileNet v2"
    summary: ClassVar[str] = "Depthwise convolutions in inverted residuals: few parameters, for small devices."
    tasks: ClassVar[tuple[Task, ...]] = (Task.IMAGE_CLASSIFICATION, Task.IMAGE_REGRESSION)

    name: Literal["mobilenet"] = "mobilenet"
    width: float = Field(
        default=1.0, ge=0.1, le=4, description="Width multiplier on the published channels, rounded to multiples of 8."
    )
    stem: Stem = "auto"
