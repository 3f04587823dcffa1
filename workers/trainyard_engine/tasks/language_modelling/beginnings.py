"""What a model is asked that writes on."""

from typing import Any

from pydantic import Field, ValidationError

from trainyard_engine.modalities.inputs import bad_input, check_unicode
from trainyard_spec.base import ContractModel
from trainyard_spec.splits import Seed


class Beginning(ContractModel):
    """What a text begins with, and how to go on: see ``Generation``. An empty text asks for the beginning too."""

    text: str
    max_tokens: int = Field(default=64, ge=1, le=1_024)
    temperature: float = Field(default=0.0, ge=0, le=100)
    seed: Seed = 0


def beginning(value: Any, index: int) -> Beginning:
    """Raises ``EngineFault`` unless ``value`` is a text or an object of the fields of ``Beginning``."""
    try:
        found = Beginning.model_validate({"text": value} if isinstance(value, str) else value)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else None
        what = f"has a {name} that does not fit" if name else "is neither a text nor an object with one"
        raise bad_input(index, f"{what}: {first['msg'].lower()}", column=name) from error
    check_unicode(found.text, index)
    return found
