"""What every contract model has in common."""

from pydantic import BaseModel, ConfigDict


class ContractModel(BaseModel):
    """Immutable, finite numbers only, and no field that the contract does not name."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class WireModel(BaseModel):
    """A message between processes that may be one release apart: unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)
