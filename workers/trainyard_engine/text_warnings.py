"""What a model of texts did not know of a text that it is asked about, or did not read."""

from collections.abc import Sequence

from trainyard_engine.data.coverage import Coverage
from trainyard_engine.data.tokenizer import TextTokenizer
from trainyard_engine.notes import Notes, quoted
from trainyard_spec.engine_protocol import PredictionWarningCode

MOST_WORDS = 10
"""Unknown words that a warning lists."""


def note_unknown_words(texts: Sequence[str], tokenizer: TextTokenizer, coverage: Coverage | None, notes: Notes) -> None:
    """Notes the tokens that training never met, or not often enough to learn them, and what is cut off."""
    unknown = tokenizer.special | frozenset(coverage.unmet_tokens if coverage else ())
    for index, text in enumerate(texts):
        parts = tokenizer.parts(text)
        _note_cut(len(parts), tokenizer.max_length, index, notes)
        found = [text[place] for token, place in parts if token in unknown]
        if found:
            words = list(dict.fromkeys(found))
            listed = ", ".join(map(quoted, words[:MOST_WORDS])) + (", …" if len(words) > MOST_WORDS else "")
            message = f"The model does not know {len(found):,} of the {len(parts):,} tokens of the text: {listed}."
            notes.add(index, PredictionWarningCode.UNKNOWN_WORDS, message)


def _note_cut(tokens: int, most: int, index: int, notes: Notes) -> None:
    if tokens > most:
        message = f"The text has {tokens:,} tokens, of which the first {most:,} are read."
        notes.add(index, PredictionWarningCode.TRUNCATED, message)
