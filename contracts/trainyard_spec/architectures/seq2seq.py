"""Configuration of ``seq2seq``: an encoder–decoder that generates one text from another."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.base import RulesViolated, RuleViolation
from trainyard_spec.tasks import Task


class Seq2seqConfig(ArchitectureConfig):
    """Encoder–decoder network; ``variant`` chooses between ``transformer`` and ``lstm``.

    ``transformer``: Vaswani et al., "Attention Is All You Need" (2017), with layer normalization before each sublayer
    (pre-norm). ``lstm``: Luong et al., "Effective Approaches to Attention-based Neural Machine Translation" (2015),
    with global attention, the score function `general`, a bidirectional encoder and no input feeding.
    """

    place: ClassVar[int] = 140
    title: ClassVar[str] = "Encoder and decoder"
    summary: ClassVar[str] = "Reads a text, then writes another token by token, with attention to all that was read."
    tasks: ClassVar[tuple[Task, ...]] = (Task.TRANSLATION,)

    former_names: ClassVar[Mapping[str, str]] = {"width": "d_model", "heads": "num_heads", "layers": "num_layers"}

    name: Literal["seq2seq"] = "seq2seq"
    variant: Literal["transformer", "lstm"] = Field(
        default="transformer",
        description="Variant: encoder and decoder of self-attention layers (transformer), or of LSTM layers with "
        "attention.",
    )
    d_model: int = Field(
        default=256,
        ge=2,
        le=2_048,
        multiple_of=2,
        description="Embedding dimension: numbers that stand for a token, in every layer.",
    )
    num_heads: int = Field(
        default=4, ge=1, le=64, description="Attention heads of each layer, a divisor of d_model; transformer only."
    )
    num_layers: int = Field(
        default=2,
        ge=1,
        le=24,
        description="Layers of the encoder, and of the decoder; a transformer's feed-forward dimension is 4 × d_model.",
    )

    @model_validator(mode="after")
    def _heads_share_the_embedding(self) -> Self:
        if self.variant == "lstm" and self.num_heads != type(self).model_fields["num_heads"].default:
            raise RulesViolated(RuleViolation("num_heads", "the variant lstm has no attention heads", "Leave it out."))
        if self.variant == "transformer" and self.d_model % self.num_heads:
            message = f"attention heads must divide d_model, and {self.num_heads} does not divide {self.d_model}"
            raise RulesViolated(RuleViolation("num_heads", message))
        return self
