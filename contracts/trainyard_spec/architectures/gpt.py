"""Configuration of ``gpt``: a decoder-only transformer."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.base import RulesViolated, RuleViolation
from trainyard_spec.tasks import Task


class GptConfig(ArchitectureConfig):
    """GPT-2: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019).

    Its smallest published size, 124,439,808 parameters, is `d_model` 768, `num_heads` 12 and `num_layers` 12, with a
    vocabulary of 50,257 and `training.text.max_length` 1,024.
    """

    place: ClassVar[int] = 130
    title: ClassVar[str] = "Decoder-only transformer"
    summary: ClassVar[str] = "Self-attention to the tokens before: predicts, at every place of a text, the next token."
    tasks: ClassVar[tuple[Task, ...]] = (Task.LANGUAGE_MODELLING,)

    former_names: ClassVar[Mapping[str, str]] = {"width": "d_model", "heads": "num_heads", "layers": "num_layers"}

    name: Literal["gpt"] = "gpt"
    d_model: int = Field(
        default=256, ge=2, le=4_096, description="Embedding dimension: numbers that stand for a token, in every layer."
    )
    num_heads: int = Field(
        default=4, ge=1, le=64, description="Attention heads of each layer, side by side; a divisor of d_model."
    )
    num_layers: int = Field(
        default=4, ge=1, le=48, description="Decoder layers, each with a feed-forward dimension of 4 × d_model."
    )

    @model_validator(mode="after")
    def _heads_share_the_embedding(self) -> Self:
        if self.d_model % self.num_heads:
            message = f"attention heads must divide d_model, and {self.num_heads} does not divide {self.d_model}"
            raise RulesViolated(RuleViolation("num_heads", message))
        return self
