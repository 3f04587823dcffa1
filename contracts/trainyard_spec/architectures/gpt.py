"""Configuration of ``gpt``: a decoder-only transformer."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.base import RulesViolated, RuleViolation
from trainyard_spec.tasks import Task


class GptConfig(ArchitectureConfig):
    """That of Radford et al., "Language Models are Unsupervised Multitask Learners" (2019).

    Its smallest size, 124,439,808 parameters, is `width` 768, `heads` 12 and `layers` 12, with a vocabulary of 50,257
    and `training.text.max_length` 1,024.
    """

    title: ClassVar[str] = "Decoder-only transformer"
    summary: ClassVar[str] = "Self-attention to the tokens before: predicts, at every place of a text, the next token."
    tasks: ClassVar[tuple[Task, ...]] = (Task.LANGUAGE_MODELLING,)

    name: Literal["gpt"] = "gpt"
    width: int = Field(default=256, ge=2, le=4_096, description="Numbers that stand for a token.")
    heads: int = Field(default=4, ge=1, le=64, description="Attentions side by side in a layer; a divisor of width.")
    layers: int = Field(
        default=4, ge=1, le=48, description="Layers on top of each other, with 4 × width hidden units each."
    )

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.width % self.heads:
            message = f"heads must divide width, and {self.heads} does not divide {self.width}"
            raise RulesViolated(RuleViolation("heads", message))
        return self
