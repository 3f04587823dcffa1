"""Tagged texts: how they were uploaded, how their tags mark entities, and their profile."""

from typing import Literal

from trainyard_spec.base import WireModel

TagForm = Literal["tokens", "columns", "spans", "letters"]
TagScheme = Literal["iob1", "iob2", "bioes", "bilou", "plain"]


class TokenProfile(WireModel):
    """Texts whose words, or sequences whose letters, each have a tag; ``shortest``, ``longest`` and ``mean`` are words.

    ``form`` is how the file wrote them: lists of tokens and tags, columns (CoNLL), spans of characters, or letters with
    a letter each. ``scheme`` is how its tags mark entities; ``plain`` tags mark none. Stored are, of iob1 (Ramshaw &
    Marcus, 1995), iob2, and of bilou, bioes. ``entities`` counts them by their type. ``stray`` of them begin with an
    I- tag; ``widened`` spans began or ended within a word, and were widened to it.
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
