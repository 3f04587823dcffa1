"""Options of beam search, by their names in ``transformers``."""

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from trainyard_engine.core.faults import EngineFault
from trainyard_engine.modalities.inputs import bad_input
from trainyard_spec.base import ContractModel

MOST_BEAMS = 16


class BeamOptions(ContractModel):
    """See ``beam_search``. ``num_beams`` 1 takes the likeliest token each time; ``length_penalty`` is 1 by default."""

    num_beams: int = Field(default=1, ge=1, le=MOST_BEAMS)
    length_penalty: float | None = Field(default=None, ge=-10, le=10)

    @field_validator("length_penalty")
    @classmethod
    def _is_of_beams(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and info.data.get("num_beams") == 1:
            raise ValueError("it is of beam search, and num_beams is 1")
        return value

    @property
    def length_penalty_used(self) -> float:
        return 1.0 if self.length_penalty is None else self.length_penalty


def misfit(error: ValidationError, index: int) -> EngineFault:
    """The fault of the input at ``index``, a text or an object with one, by the first of its problems."""
    first = error.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else None
    what = f"has a {name} that does not fit" if name else "is neither a text nor an object with one"
    return bad_input(index, f"{what}: {first['msg'].lower()}", column=name)
