"""Beginnings of texts that a model goes on with."""

from typing import Any

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from trainyard_engine.modalities.inputs import check_unicode
from trainyard_engine.tasks.shared.beam_options import BeamOptions, misfit
from trainyard_spec.splits import Seed


class Beginning(BeamOptions):
    """What a text begins with, and how to go on: see ``Generation``. An empty text asks for the beginning too."""

    text: str
    max_tokens: int = Field(default=64, ge=1, le=1_024)
    temperature: float = Field(default=0.0, ge=0, le=100)
    seed: Seed = 0

    @field_validator("temperature")
    @classmethod
    def _draws_or_searches(cls, value: float, info: ValidationInfo) -> float:
        if value and info.data.get("num_beams", 1) > 1:
            raise ValueError("beam search draws nothing: leave it out, or num_beams")
        return value


def beginning(value: Any, index: int) -> Beginning:
    """Raises ``EngineFault`` unless ``value`` is a text or an object of the fields of ``Beginning``."""
    try:
        found = Beginning.model_validate({"text": value} if isinstance(value, str) else value)
    except ValidationError as error:
        raise misfit(error, index) from error
    check_unicode(found.text, index)
    return found
