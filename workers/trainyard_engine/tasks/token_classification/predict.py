"""Predictions for one text: its words, a tag for each, and the entities that these mark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trainyard_engine.core.coverage import Coverage
from trainyard_engine.core.prediction_notes import Notes, quoted
from trainyard_engine.ingest.limits import IngestLimits
from trainyard_engine.modalities.inputs import bad_input, check_unicode
from trainyard_engine.modalities.text.input_warnings import MOST_WORDS
from trainyard_engine.modalities.text.tags import TagSet
from trainyard_engine.modalities.text.tokenizer import TextTokenizer
from trainyard_engine.modalities.text.words import Span, spans_of, words_of
from trainyard_spec.engine_protocol import PredictionWarningCode
from trainyard_spec.tagged_texts import TokenProfile

HINT = 'Send a text, or its words as {"tokens": ["…", …]}.'


@dataclass(frozen=True, slots=True)
class TextToTag:
    """``spans`` are where the words stand in ``text``."""

    text: str
    spans: list[Span]

    @property
    def words(self) -> list[str]:
        return [self.text[begin:end] for begin, end in self.spans]


def text_to_tag(value: Any, index: int, profile: TokenProfile) -> TextToTag:
    """The input at ``index``: a text, or an object with its tokens. Raises ``EngineFault``."""
    if isinstance(value, str):
        text = value.strip() if profile.has_letters else value
        spans = [(at, at + 1) for at in range(len(text))] if profile.has_letters else words_of(text)
    elif isinstance(value, Mapping) and value.keys() == {"tokens"} and isinstance(value["tokens"], list):
        tokens = value["tokens"]
        for token in tokens:
            if not isinstance(token, str):
                raise bad_input(index, f"has the token {quoted(repr(token))}, which is no text", hint=HINT)
        between = "" if profile.has_letters else " "
        text, spans = between.join(tokens), spans_of(tokens, between=between)
    else:
        raise bad_input(index, "is neither a text nor an object with a list of tokens", hint=HINT)
    check_unicode(text, index)
    if not spans or not text.strip():
        raise bad_input(index, "holds no word")
    most = IngestLimits().words
    if len(spans) > most:
        raise bad_input(index, f"has {len(spans):,} words, of which {most:,} are read", hint="Divide the text.")
    return TextToTag(text, spans)


def answer_to(asked: TextToTag, tags: TagSet, found: npt.NDArray[np.int64], shares: Sequence[float]) -> dict[str, Any]:
    """``found`` are the numbers of the words' tags, and ``shares`` their probabilities."""
    first = np.zeros(len(found), dtype=np.bool_)
    first[0] = True
    entities = []
    for begin, end, kind in zip(*tags.entities(found.astype(np.int32), first), strict=True):
        start, stop = asked.spans[begin][0], asked.spans[end - 1][1]
        score = float(np.mean(shares[begin:end]))
        told = {"start": start, "end": stop, "label": tags.types[kind], "text": asked.text[start:stop], "score": score}
        entities.append(told)
    return {
        "text": asked.text,
        "tokens": asked.words,
        "tags": [tags.tags[number] for number in found.tolist()],
        "scores": list(shares),
        "entities": entities,
    }


def note_unknown(asked: Sequence[TextToTag], tokenizer: TextTokenizer, coverage: Coverage | None, notes: Notes) -> None:
    """Notes the words of which training met no part, or not often enough to learn it."""
    unknown = np.array([*tokenizer.special, *(coverage.unmet_tokens if coverage else ())])
    for index, text in enumerate(asked):
        ids, lengths = tokenizer.encode_words(text.words)
        begins = np.cumsum(lengths) - lengths
        is_unknown = np.logical_and.reduceat(np.isin(ids, unknown), begins)
        found = [word for word, flag in zip(text.words, is_unknown.tolist(), strict=True) if flag]
        if found:
            words = list(dict.fromkeys(found))
            listed = ", ".join(map(quoted, words[:MOST_WORDS])) + (", …" if len(words) > MOST_WORDS else "")
            message = f"The model does not know {len(found):,} of the {len(text.spans):,} words of the text: {listed}."
            notes.add(index, PredictionWarningCode.UNKNOWN_WORDS, message)
