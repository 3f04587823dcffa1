"""Tokenization of texts."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.base import ContractModel, RulesViolated, RuleViolation
from trainyard_spec.task_traits import TaskTraits

NgramLength = Annotated[int, Field(ge=1, le=8)]


class TextConfig(ContractModel):
    """Tokenization. The vocabulary is built from the training rows alone.

    ``words``: lower-case words and punctuation; a word that occurs once in training counts as unknown. ``bpe``:
    byte-level byte-pair encoding (Sennrich et al., 2016), so that no text has an unknown part. ``characters``: single
    characters; one that does not occur in training is unknown. ``char_ngrams``: the set of a text's words and of the
    character n-grams within each (Bojanowski et al., 2017), weighted by inverse document frequency, for ``text_pool``
    alone.
    """

    added: ClassVar[frozenset[str]] = frozenset({"ngram_range"})

    tokenizer: Literal["words", "bpe", "characters", "char_ngrams"] = Field(
        default="words",
        description="Tokenizer: whole words, byte-pair encoding (bpe), characters, or words with their character "
        "n-grams. Models that write texts or tag tokens use bpe by default, and text_pool uses char_ngrams.",
    )
    vocabulary: int = Field(
        default=16_384, ge=300, le=131_072, description="Vocabulary size: most different tokens that are kept."
    )
    max_length: int = Field(
        default=256,
        ge=1,
        le=4_096,
        description="Maximum sequence length: tokens of a text that are read, or looked back on; of char_ngrams, "
        "words.",
    )
    ngram_range: tuple[NgramLength, NgramLength] = Field(
        default=(1, 3), description="N-gram range: fewest and most characters of an n-gram; char_ngrams only."
    )

    @model_validator(mode="after")
    def _ngrams_have_lengths(self) -> Self:
        shortest, longest = self.ngram_range
        if shortest > longest:
            message = f"n-grams of {shortest} to {longest} characters are none"
            raise RulesViolated(RuleViolation("ngram_range", message, "State the smaller number first."))
        return self


def default_tokenizer(traits: TaskTraits, *, architecture: str) -> Literal["words", "bpe", "char_ngrams"]:
    """Default tokenizer of a spec that states none."""
    # What is written in whole words has lost its case and its spaces; names are told by their case and their parts.
    if traits.writes or traits.tags_tokens:
        return "bpe"
    return "char_ngrams" if architecture == "text_pool" else "words"
