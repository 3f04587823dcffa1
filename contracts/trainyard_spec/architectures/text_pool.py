"""Configuration of ``text_pool``: the mean of token embeddings, followed by dense layers."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.tasks import Task

Width = Annotated[int, Field(ge=1, le=16_384)]


class TextPoolConfig(ArchitectureConfig):
    place: ClassVar[int] = 80
    title: ClassVar[str] = "Pooled embeddings"
    summary: ClassVar[str] = "The mean of the tokens' embeddings with a dense head: small, fast, blind to word order."
    tasks: ClassVar[tuple[Task, ...]] = (
        Task.TEXT_CLASSIFICATION,
        Task.TEXT_REGRESSION,
        Task.SENTENCE_EMBEDDING,
    )

    name: Literal["text_pool"] = "text_pool"
    embedding: int = Field(
        default=128, ge=1, le=2_048, description="Embedding dimension: numbers that stand for a token."
    )
    hidden: tuple[Width, ...] = Field(
        default=(64,),
        max_length=8,
        description="Hidden layer sizes: units of each dense layer between the mean and the output.",
    )
    activation: Literal["relu", "gelu", "silu", "tanh"] = Field(
        default="relu", description="Activation function after each hidden layer."
    )
