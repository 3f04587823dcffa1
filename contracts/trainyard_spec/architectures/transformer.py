"""Configuration of ``transformer``: a self-attention encoder."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.base import RulesViolated, RuleViolation
from trainyard_spec.tasks import Task


class TransformerConfig(ArchitectureConfig):
    place: ClassVar[int] = 100
    title: ClassVar[str] = "Transformer encoder"
    summary: ClassVar[str] = (
        "Multi-head self-attention over all tokens of a text or steps of a series; the mean of its outputs is judged."
    )
    tasks: ClassVar[tuple[Task, ...]] = (
        Task.TEXT_CLASSIFICATION,
        Task.TIME_SERIES_FORECASTING,
        Task.SEQUENCE_CLASSIFICATION,
        Task.TEXT_REGRESSION,
        Task.SENTENCE_EMBEDDING,
        Task.TOKEN_CLASSIFICATION,
    )

    former_names: ClassVar[Mapping[str, str]] = {
        "width": "d_model",
        "heads": "num_heads",
        "layers": "num_layers",
        "feedforward": "d_ff",
    }

    name: Literal["transformer"] = "transformer"
    d_model: int = Field(
        default=128,
        ge=2,
        le=2_048,
        multiple_of=2,
        description="Embedding dimension: numbers that stand for a token or a step, in every layer.",
    )
    num_heads: int = Field(
        default=4, ge=1, le=64, description="Attention heads of each layer, side by side; a divisor of d_model."
    )
    num_layers: int = Field(default=2, ge=1, le=24, description="Encoder layers on top of each other.")
    d_ff: int = Field(
        default=512, ge=1, le=16_384, description="Feed-forward dimension: hidden units between two attentions."
    )
    positions: Literal["sinusoidal", "learned"] = Field(
        default="sinusoidal",
        description="Positional encoding: fixed sinusoids, or learnt vectors.",
    )
    norm: Literal["pre", "post"] = Field(
        default="pre",
        description="Layer normalization before each part (pre-norm), which trains more easily, or after it "
        "(post-norm).",
    )
    activation: Literal["relu", "gelu", "silu"] = Field(
        default="gelu", description="Activation function between two attentions."
    )

    @model_validator(mode="after")
    def _heads_share_the_embedding(self) -> Self:
        if self.d_model % self.num_heads:
            message = f"attention heads must divide d_model, and {self.num_heads} does not divide {self.d_model}"
            raise RulesViolated(RuleViolation("num_heads", message))
        return self
