"""Configuration of ``cnn``: convolution and pooling blocks with a dense head."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.tasks import Task

Channels = Annotated[int, Field(ge=1, le=2_048)]
Width = Annotated[int, Field(ge=1, le=16_384)]


class CnnConfig(ArchitectureConfig):
    place: ClassVar[int] = 20
    title: ClassVar[str] = "Convolutional network"
    summary: ClassVar[str] = "Convolution and pooling blocks with a dense head, for images."
    tasks: ClassVar[tuple[Task, ...]] = (Task.IMAGE_CLASSIFICATION, Task.IMAGE_REGRESSION)

    name: Literal["cnn"] = "cnn"
    channels: tuple[Channels, ...] = Field(
        default=(32, 64),
        min_length=1,
        max_length=16,
        description="Output channels of each block, first to last; each block halves height and width.",
    )
    kernel_size: Literal[1, 3, 5, 7] = Field(
        default=3, description="Kernel size: side of the square kernels, in pixels."
    )
    padding: Literal["same", "valid"] = Field(
        default="same",
        description="Padding. same: zeros around keep height and width in convolutions; valid: they lose "
        "kernel_size - 1.",
    )
    hidden: tuple[Width, ...] = Field(
        default=(128,),
        max_length=8,
        description="Hidden layer sizes: units of each dense layer between the last block and the output.",
    )
    pool: Literal["max", "average"] = Field(
        default="max", description="Pooling: how each block halves height and width."
    )
    activation: Literal["relu", "gelu", "silu", "tanh"] = Field(
        default="relu", description="Activation function after each convolution and each hidden dense layer."
    )
    norm: Literal["none", "batch"] = Field(
        default="none", description="Normalization between a convolution and its activation."
    )

    @property
    def lost(self) -> int:
        """Pixels that a convolution takes off each side."""
        return self.kernel_size - 1 if self.padding == "valid" else 0

    def side_after(self, side: int) -> int:
        """Pixels of a block's output along a side of its input."""
        return max(side - self.lost, 0) // 2
