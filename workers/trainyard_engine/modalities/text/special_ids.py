"""Ids of the tokens that stand for no text, in the vocabulary in use: a learnt one, or a pretrained network's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from trainyard_engine.modalities.text.tokenizer import END, PADDING, UNK_ID

NAMES = ("pad_token_id", "eos_token_id", "decoder_start_token_id")
"""What configurations of ``transformers`` call them."""


@dataclass(frozen=True, slots=True)
class SpecialIds:
    """``start`` is what a text is written after, ``end`` what ends it. By default those of learnt vocabularies."""

    padding: int = PADDING
    unknown: int = UNK_ID
    start: int = END
    end: int = END

    @classmethod
    def of(cls, config: Mapping[str, Any], *, unknown: int | None) -> Self:
        """Those of a network of ``transformers`` with this configuration. Raises ``ValueError`` where it lacks one.

        A vocabulary of all bytes has nothing ``unknown``: then padding is the only one that is never written.
        """
        padding, end, start = (_id(config, name) for name in NAMES)
        return cls(padding=padding, unknown=padding if unknown is None else unknown, start=start, end=end)


def _id(config: Mapping[str, Any], name: str) -> int:
    """The first of several."""
    stated = config.get(name)
    for token in stated if isinstance(stated, list) else [stated]:
        if isinstance(token, int) and not isinstance(token, bool):
            return token
    raise ValueError(f"its configuration has no {name}")
