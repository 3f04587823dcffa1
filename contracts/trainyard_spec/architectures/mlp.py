"""Configuration of ``mlp``: dense layers."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.tasks import Task

Width = Annotated[int, Field(ge=1, le=16_384)]


class MlpConfig(ArchitectureConfig):
    place: ClassVar[int] = 10
    title: ClassVar[str] = "Multi-layer perceptron"
    summary: ClassVar[str] = "Fully connected layers of any depth, for tables, small images and forecasts."
    tasks: ClassVar[tuple[Task, ...]] = (
        Task.TABULAR_CLASSIFICATION,
        Task.TABULAR_REGRESSION,
        Task.IMAGE_CLASSIFICATION,
        Task.IMAGE_REGRESSION,
        Task.TIME_SERIES_FORECASTING,
    )

    name: Literal["mlp"] = "mlp"
    hidden: tuple[Width, ...] = Field(
        default=(128, 64), max_length=32, description="Hidden layer sizes: units of each hidden layer, first to last."
    )
    activation: Literal["relu", "gelu", "silu", "tanh"] = Field(
        default="relu", description="Activation function after each hidden layer."
    )
    norm: Literal["none", "batch", "layer"] = Field(
        default="none", description="Normalization between a hidden layer and its activation."
    )
