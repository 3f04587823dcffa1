"""Configuration of ``rnn``: recurrent layers over tokens or time steps."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.tasks import Task


class RnnConfig(ArchitectureConfig):
    place: ClassVar[int] = 90
    title: ClassVar[str] = "Recurrent network"
    summary: ClassVar[str] = (
        "Vanilla, LSTM or GRU layers that read a text or a series step by step, in one direction or both."
    )
    tasks: ClassVar[tuple[Task, ...]] = (
        Task.TEXT_CLASSIFICATION,
        Task.TIME_SERIES_FORECASTING,
        Task.SEQUENCE_CLASSIFICATION,
        Task.TEXT_REGRESSION,
        Task.SENTENCE_EMBEDDING,
        Task.TOKEN_CLASSIFICATION,
    )

    former_names: ClassVar[Mapping[str, str]] = {"layers": "num_layers"}

    name: Literal["rnn"] = "rnn"
    cell: Literal["vanilla", "lstm", "gru"] = Field(
        default="lstm", description="Recurrent cell: a tanh unit (vanilla), an LSTM or a GRU."
    )
    embedding: int = Field(
        default=128, ge=1, le=2_048, description="Embedding dimension: numbers that stand for a token or a step."
    )
    hidden: int = Field(default=128, ge=1, le=4_096, description="Hidden size: units of each layer, in each direction.")
    num_layers: int = Field(default=1, ge=1, le=8, description="Recurrent layers on top of each other.")
    bidirectional: bool = Field(default=True, description="Bidirectional: whether each layer also reads from the end.")
    pooling: Literal["last", "mean", "attention"] = Field(
        default="last",
        description="Pooling of the last layer's outputs: the final state (last), their mean, or a mean weighted "
        "by attention.",
    )
