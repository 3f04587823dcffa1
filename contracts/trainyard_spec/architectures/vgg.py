"""Configuration of ``vgg``: stacks of 3×3 convolutions without skip connections."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.tasks import Task

Width = Annotated[int, Field(ge=1, le=16_384)]


CONVOLUTIONS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
"""Convolutions of each stage, by depth (their table 1)."""

WIDENING = (1, 2, 4, 8, 8)
"""Channels of each stage, by those of the first."""


class VggConfig(ArchitectureConfig):
    """VGG: Simonyan & Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (ICLR 2015)."""

    place: ClassVar[int] = 40
    title: ClassVar[str] = "VGG"
    summary: ClassVar[str] = "Plain stacks of 3×3 convolutions with batch normalization; images of 32 pixels and more."
    tasks: ClassVar[tuple[Task, ...]] = (Task.IMAGE_CLASSIFICATION, Task.IMAGE_REGRESSION)

    name: Literal["vgg"] = "vgg"
    depth: Literal[11, 13, 16, 19] = Field(
        default=11, description="Depth: layers with weights in the published configurations A, B, D and E."
    )
    width: int = Field(
        default=64,
        ge=1,
        le=512,
        description="Base width: channels of the first stage; they double up to eight times as many.",
    )
    hidden: tuple[Width, ...] = Field(
        default=(),
        max_length=8,
        description="Hidden layer sizes: units of each dense layer before the output; none suits small images, "
        "the paper has two of 4096.",
    )
