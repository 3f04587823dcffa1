"""How texts become tokens."""

from typing import Literal

from pydantic import Field

from trainyard_spec.base import ContractModel


class TextSpec(ContractModel):
    """How texts become tokens. The vocabulary is learnt from the training rows alone.

    ``words``: lower-case words and punctuation; a word met once in training counts as unknown. ``bpe``: byte-pair
    encoding (Sennrich et al., 2016) of bytes, so that no text has an unknown part. ``characters``: one by one; one
    never met in training is unknown.
    """

    tokenizer: Literal["words", "bpe", "characters"] = Field(
        default="words",
        description="Whole words, learnt parts of words, or characters. Models that write texts use bpe by default.",
    )
    vocabulary: int = Field(default=16_384, ge=300, le=131_072, description="Most different tokens that are kept.")
    max_length: int = Field(
        default=256, ge=1, le=4_096, description="Tokens of a text that are read, or looked back on."
    )
