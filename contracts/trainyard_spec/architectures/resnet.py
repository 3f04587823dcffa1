"""Configuration of ``resnet``: residual networks."""

from typing import ClassVar, Literal

from pydantic import Field

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.architectures.stem import Stem
from trainyard_spec.tasks import Task

BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}
"""Blocks of each stage, by depth (their table 1)."""

BOTTLENECK_DEPTH = 50
EXPANSION = 4
"""How many times wider a bottleneck's output is than its middle."""


class ResnetConfig(ArchitectureConfig):
    """ResNet: He et al., "Deep Residual Learning for Image Recognition" (CVPR 2016)."""

    place: ClassVar[int] = 30
    title: ClassVar[str] = "Residual network (ResNet)"
    summary: ClassVar[str] = "Convolutions with shortcuts around them; the usual first choice for images."
    tasks: ClassVar[tuple[Task, ...]] = (Task.IMAGE_CLASSIFICATION, Task.IMAGE_REGRESSION)

    name: Literal["resnet"] = "resnet"
    depth: Literal[18, 34, 50] = Field(
        default=18, description="Depth: layers with weights. 18 and 34 are made of basic blocks, 50 of bottlenecks."
    )
    width: int = Field(
        default=64,
        ge=1,
        le=512,
        description="Base width: channels of the first stage; each of the three others has twice as many.",
    )
    stem: Stem = "auto"
