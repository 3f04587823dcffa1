"""Configuration of ``two_tower``: dense layers over the embeddings of users and, separately, of items."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.tasks import Task

Width = Annotated[int, Field(ge=1, le=16_384)]


class TwoTowerConfig(ArchitectureConfig):
    place: ClassVar[int] = 160
    title: ClassVar[str] = "Two towers"
    summary: ClassVar[str] = "Dense layers turn users and items into vectors; they match as far as their vectors agree."
    tasks: ClassVar[tuple[Task, ...]] = (Task.RECOMMENDATION,)

    name: Literal["two_tower"] = "two_tower"
    embedding: int = Field(
        default=64, ge=1, le=1_024, description="Embedding dimension of users and items, before the towers."
    )
    hidden: tuple[Width, ...] = Field(
        default=(64,),
        max_length=8,
        description="Hidden layer sizes of both towers: units of each layer, first to last.",
    )
    factors: int = Field(
        default=32, ge=1, le=1_024, description="Output dimension of both towers, whose dot product is the score."
    )
    activation: Literal["relu", "gelu", "silu", "tanh"] = Field(
        default="relu", description="Activation function after each hidden layer."
    )
