"""Ids of the tokens that stand for no text, in the vocabulary in use: a learnt one, or a pretrained network's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from trainyard_engine.modalities.text.tokenizer import END, PADDING, UNK_ID
from trainyard_spec.pretrained_models import CODED_TRANSLATORS

NAMES = ("pad_token_id", "eos_token_id", "decoder_start_token_id")
"""What configurations of ``transformers`` call them."""
LANGUAGE = "forced_bos_token_id"
"""And this the code of the language that is written."""


@dataclass(frozen=True, slots=True)
class SpecialIds:
    """``start`` is what a text is written after, ``end`` what ends it. By default those of learnt vocabularies.

    ``language`` is the code behind ``start`` of the language that a network writes, where it knows several.
    """

    padding: int = PADDING
    unknown: int = UNK_ID
    start: int = END
    end: int = END
    language: int | None = None

    @classmethod
    def of(cls, config: Mapping[str, Any], *, unknown: int | None) -> Self:
        """Facts of a network of ``transformers`` with this configuration. Raises ``ValueError`` where it lacks one.

        A vocabulary of all bytes has nothing ``unknown``: then padding is the only one that is never written.
        """
        padding, end, start = (_id(config, name) for name in NAMES)
        unknown = padding if unknown is None else unknown
        is_coded = config.get("model_type") in CODED_TRANSLATORS
        language = _id(config, LANGUAGE) if is_coded else None
        return cls(padding=padding, unknown=unknown, start=start, end=end, language=language)

    @property
    def prompt(self) -> list[int]:
        """What a text is written after."""
        return [self.start] if self.language is None else [self.start, self.language]


def _id(config: Mapping[str, Any], name: str) -> int:
    """The first of several."""
    stated = config.get(name)
    for token in stated if isinstance(stated, list) else [stated]:
        if isinstance(token, int) and not isinstance(token, bool):
            return token
    raise ValueError(f"its configuration has no {name}")
