"""Configuration of ``seq2seq``: a network that reads one text and writes another."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.base import RulesViolated, RuleViolation
from trainyard_spec.tasks import Task


class Seq2seqConfig(ArchitectureConfig):
    """``transformer``: Vaswani et al., "Attention Is All You Need" (2017), normalized before each part.

    ``lstm``: Luong et al., "Effective Approaches to Attention-based Neural Machine Translation" (2015), with global
    attention by the score `general` and without input feeding; the encoder reads in both directions.
    """

    title: ClassVar[str] = "Encoder and decoder"
    summary: ClassVar[str] = "Reads a text, then writes another token by token, with attention to all that was read."
    tasks: ClassVar[tuple[Task, ...]] = (Task.TRANSLATION,)

    name: Literal["seq2seq"] = "seq2seq"
    variant: Literal["transformer", "lstm"] = Field(
        default="transformer", description="What both halves are made of: self-attention, or LSTM layers."
    )
    width: int = Field(default=256, ge=2, le=2_048, multiple_of=2, description="Numbers that stand for a token.")
    heads: int = Field(
        default=4, ge=1, le=64, description="Attentions side by side, a divisor of width; of a transformer alone."
    )
    layers: int = Field(
        default=2,
        ge=1,
        le=24,
        description="Layers of each half; those of a transformer have 4 × width hidden units.",
    )

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.variant == "lstm" and self.heads != type(self).model_fields["heads"].default:
            raise RulesViolated(RuleViolation("heads", "the variant lstm has no heads", "Leave it out."))
        if self.variant == "transformer" and self.width % self.heads:
            message = f"heads must divide width, and {self.heads} does not divide {self.width}"
            raise RulesViolated(RuleViolation("heads", message))
        return self
