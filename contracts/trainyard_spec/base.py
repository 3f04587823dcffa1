"""What every contract model has in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0, lt=1)]
Coefficient = Annotated[float, Field(ge=0, le=1e6)]


class ContractModel(BaseModel):
    """Immutable, finite numbers only, and no field that the contract does not name."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class WireModel(BaseModel):
    """A message between processes that may be one release apart: unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)
