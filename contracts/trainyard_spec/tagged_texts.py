"""Texts with token tags: upload formats, tagging schemes, and the data profile."""

from typing import Literal

from trainyard_spec.base import WireModel

TagForm = Literal["tokens", "columns", "spans", "letters"]
TagScheme = Literal["iob1", "iob2", "bioes", "bilou", "plain"]


class TokenProfile(WireModel):
    """Texts with a tag per word, or sequences with a tag per letter.

    ``shortest``, ``longest`` and ``mean`` are in words. ``form`` is the upload format: lists of tokens and tags,
    columns (CoNLL), character spans, or a string of tags with one letter per letter of the sequence. ``scheme`` is the
    tagging scheme; ``plain`` tags mark no entities. IOB1 (Ramshaw & Marcus, 1995) is stored as IOB2, and BILOU as
    BIOES. ``entities`` counts entities by type. ``stray`` of them begin with an I- tag; ``widened`` spans began or
    ended within a word and were extended to it.
    """

    kind: Literal["tokens"] = "tokens"
    form: TagForm
    scheme: TagScheme
    tokens: int
    shortest: int
    longest: int
    mean: float
    entities: dict[str, int] = {}
    stray: int = 0
    widened: int = 0
    split_by: dict[str, str] = {}

    @property
    def has_entities(self) -> bool:
        return self.scheme != "plain"

    @property
    def has_letters(self) -> bool:
        """Whether a text is a sequence of letters, and not of words."""
        return self.form == "letters"
