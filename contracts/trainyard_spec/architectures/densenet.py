"""Configuration of ``densenet``: each layer's input is the concatenation of all earlier outputs of its block."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.architectures.stem import Stem
from trainyard_spec.tasks import Task

Layers = Annotated[int, Field(ge=1, le=128)]


BOTTLENECK = 4
"""Channels of a layer's 1×1 convolution, by growth."""


class DensenetConfig(ArchitectureConfig):
    """DenseNet-BC: Huang et al., "Densely Connected Convolutional Networks" (CVPR 2017)."""

    place: ClassVar[int] = 60
    title: ClassVar[str] = "DenseNet"
    summary: ClassVar[str] = "Convolutions that see the output of all before them: accurate with few parameters."
    tasks: ClassVar[tuple[Task, ...]] = (Task.IMAGE_CLASSIFICATION, Task.IMAGE_REGRESSION)

    name: Literal["densenet"] = "densenet"
    growth: int = Field(
        default=12, ge=1, le=256, description="Growth rate: channels that each layer adds. DenseNet-121 has 32."
    )
    blocks: tuple[Layers, ...] = Field(
        default=(6, 12, 24, 16),
        min_length=1,
        max_length=6,
        description="Block sizes: layers of each dense block; between two blocks height, width and channels are "
        "halved.",
    )
    stem: Stem = "auto"
