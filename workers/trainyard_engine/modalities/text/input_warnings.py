"""Warnings about what a model of texts did not know of a text, or did not read."""

from collections.abc import Sequence

from trainyard_engine.core.coverage import Coverage
from trainyard_engine.core.prediction_notes import Notes, quoted
from trainyard_engine.modalities.text.tokenizer import Reader
from trainyard_spec.engine_protocol import PredictionWarningCode

MOST_WORDS = 10
"""Unknown words that a warning lists."""


def note_unknown_words(
    texts: Sequence[str],
    tokenizer: Reader,
    coverage: Coverage | None,
    notes: Notes,
    *,
    last: int | None = None,
    owners: Sequence[int] | None = None,
) -> None:
    """Notes the tokens that training never met, or not often enough to learn them, and what is cut off.

    ``owners`` are the inputs that the texts are of, where not each is one.
    Read are the first tokens of a text, as many as ``tokenizer`` takes, or the ``last`` so many.
    """
    read = f"last {last:,}" if last else f"first {tokenizer.max_length:,}"
    unknown = tokenizer.special | frozenset(coverage.unmet_tokens if coverage else ())
    for index, text in zip(owners or range(len(texts)), texts, strict=True):
        parts = tokenizer.parts(text)
        if len(parts) > (last or tokenizer.max_length):
            message = f"The text has {len(parts):,} tokens, of which the {read} are read."
            notes.add(index, PredictionWarningCode.TRUNCATED, message)
        found = [text[place] for token, place in parts if token in unknown]
        if found:
            words = list(dict.fromkeys(found))
            listed = ", ".join(map(quoted, words[:MOST_WORDS])) + (", …" if len(words) > MOST_WORDS else "")
            message = f"The model does not know {len(found):,} of the {len(parts):,} tokens of the text: {listed}."
            notes.add(index, PredictionWarningCode.UNKNOWN_WORDS, message)
