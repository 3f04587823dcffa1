"""Answers of an embedding model: the vector of a text, or how similar two are."""

from itertools import accumulate
from typing import Any

from torch import Tensor
from torch.nn import functional

from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.prediction import outputs_of
from trainyard_engine.core.prediction_notes import Notes
from trainyard_engine.modalities.inputs import bad_input, check_text, encode_texts
from trainyard_engine.modalities.text.input_warnings import note_unknown_words
from trainyard_engine.modalities.text.tokenizer import PADDING

PAIR = ("sentence1", "sentence2")
"""The keys of an input that asks how similar two texts are."""


class EmbeddingAnswers:
    """``{"embedding": […]}``, a unit vector, for a text, and ``{"similarity": …}``, a cosine, for two."""

    def predict(self, model: LoadedModel, inputs: list[Any], notes: Notes) -> list[dict[str, Any]]:
        """Raises ``EngineFault`` naming the first bad input by its index from 0."""
        asked = [_texts_of(value, index) for index, value in enumerate(inputs)]
        owners = [index for index, texts in enumerate(asked) for _ in texts]
        together = [text for texts in asked for text in texts]
        reader = model.preprocessing.known_tokenizer
        note_unknown_words(together, reader, model.config.coverage, notes, owners=owners)
        ids = encode_texts(together, reader)
        vectors = functional.normalize(outputs_of(model, (ids[:, None],)), dim=-1)
        read = (ids != PADDING).sum(axis=1)
        begins = accumulate((len(texts) for texts in asked), initial=0)
        spans = [slice(begin, begin + len(texts)) for begin, texts in zip(begins, asked, strict=False)]
        return [_answer(vectors[span]) | _usage(int(read[span].sum())) for span in spans]


def _texts_of(value: Any, index: int) -> tuple[str, ...]:
    if not isinstance(value, dict):
        check_text(value, index)
        return (value,)
    if value.keys() != set(PAIR):
        message = f"is an object without {' and '.join(PAIR)} alone"
        raise bad_input(index, message, hint="Send a text for its embedding, or two to compare them.")
    for name in PAIR:
        check_text(value[name], index, column=name)
    return tuple(value[name] for name in PAIR)


def _answer(vectors: Tensor) -> dict[str, Any]:
    if len(vectors) == 1:
        return {"embedding": vectors[0].tolist()}
    return {"similarity": float((vectors[0].double() * vectors[1].double()).sum())}


def _usage(tokens: int) -> dict[str, Any]:
    """How many tokens were read of an input."""
    return {"usage": {"prompt_tokens": tokens, "completion_tokens": 0, "total_tokens": tokens}}
