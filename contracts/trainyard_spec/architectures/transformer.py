"""Configuration of ``transformer``: a self-attention encoder."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.base import RulesViolated, RuleViolation
from trainyard_spec.tasks import Task


class TransformerConfig(ArchitectureConfig):
    title: ClassVar[str] = "Transformer encoder"
    summary: ClassVar[str] = (
        "Multi-head self-attention over all tokens of a text or steps of a series; the mean of its outputs is judged."
    )
    tasks: ClassVar[tuple[Task, ...]] = (
        Task.TEXT_CLASSIFICATION,
        Task.TIME_SERIES_FORECASTING,
        Task.SEQUENCE_CLASSIFICATION,
    )

    name: Literal["transformer"] = "transformer"
    width: int = Field(
        default=128, ge=2, le=2_048, multiple_of=2, description="Numbers that stand for a token or a step."
    )
    heads: int = Field(default=4, ge=1, le=64, description="Attentions side by side in a layer; a divisor of width.")
    layers: int = Field(default=2, ge=1, le=24, description="Encoder layers on top of each other.")
    feedforward: int = Field(default=512, ge=1, le=16_384, description="Hidden units between two attentions.")
    positions: Literal["sinusoidal", "learned"] = Field(
        default="sinusoidal",
        description="How the place of a token or step is told: by fixed waves, or by learnt vectors.",
    )
    norm: Literal["pre", "post"] = Field(
        default="pre", description="Layer normalization before each part, which trains more easily, or after it."
    )
    activation: Literal["relu", "gelu", "silu"] = Field(
        default="gelu", description="Non-linearity between two attentions."
    )

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.width % self.heads:
            message = f"heads must divide width, and {self.heads} does not divide {self.width}"
            raise RulesViolated(RuleViolation("heads", message))
        return self
