"""Requests to a translator."""

from typing import Any

from pydantic import Field, ValidationError

from trainyard_engine.tasks.shared.beam_options import BeamOptions, misfit

MOST_LONGER = 50
"""Tokens that a translation may have more than its text (Vaswani et al., 2017, section 6.1)."""


class TranslationRequest(BeamOptions):
    """A ``text``, and how to search; ``max_tokens`` are ``MOST_LONGER`` more than it has unless they are stated."""

    text: str
    max_tokens: int | None = Field(default=None, ge=1, le=16_384)


def translation_request(value: Any, index: int) -> TranslationRequest:
    """Raises ``EngineFault`` unless ``value`` is a text or an object of the fields of ``TranslationRequest``."""
    if isinstance(value, str):
        return TranslationRequest.model_construct(text=value)  # what texts may hold is checked as they are encoded
    try:
        return TranslationRequest.model_validate(value)
    except ValidationError as error:
        raise misfit(error, index) from error


def most_tokens(request: TranslationRequest | None, text: int, *, longest: int) -> int:
    """Tokens of a translation of so many tokens of ``text``; no more than the ``longest`` that the model can write."""
    asked = request.max_tokens if request else None
    return min(text + MOST_LONGER if asked is None else asked, longest)
