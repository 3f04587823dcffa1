"""Configuration of ``tcn``: a temporal convolutional network."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.tasks import Task

Width = Annotated[int, Field(ge=1, le=2_048)]


class TcnConfig(ArchitectureConfig):
    """TCN: Bai, Kolter & Koltun, "An Empirical Evaluation of Generic Convolutional and Recurrent Networks" (2018).

    Block i has dilation 2^i, so the receptive field with kernel size k is 1 + 2 (k - 1) (2^blocks - 1) steps.
    """

    place: ClassVar[int] = 110
    title: ClassVar[str] = "Temporal convolutional network"
    summary: ClassVar[str] = "Residual blocks of dilated convolutions that look back twice as far in each block."
    tasks: ClassVar[tuple[Task, ...]] = (Task.TIME_SERIES_FORECASTING, Task.SEQUENCE_CLASSIFICATION)

    name: Literal["tcn"] = "tcn"
    channels: tuple[Width, ...] = Field(
        default=(32, 32, 32, 32, 32), min_length=1, max_length=12, description="Channels of each residual block."
    )
    kernel_size: int = Field(default=3, ge=2, le=32, description="Kernel size: steps that a convolution reads at once.")
    norm: Literal["weight", "none"] = Field(
        default="weight",
        description="Weight normalization: kernels learnt as a length and a direction, as in the paper, or none.",
    )
    pooling: Literal["last", "mean"] = Field(
        default="last", description="Pooling of the last block's outputs: its last step, or the mean of all."
    )
