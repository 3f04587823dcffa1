"""How series of numbers become a network's inputs."""

from pydantic import Field

from trainyard_spec.base import ContractModel


class SeriesSpec(ContractModel):
    """Windows for a forecast: ``context`` steps that are seen, and the ``horizon`` steps after them that are told.

    One begins every ``stride`` steps of the training part; validation and test take every one there is.
    """

    context: int = Field(default=96, ge=1, le=4_096, description="Steps that a forecast sees.")
    horizon: int = Field(default=24, ge=1, le=1_024, description="Steps that are forecast at once.")
    stride: int = Field(
        default=1, ge=1, le=4_096, description="Steps from the beginning of a training window to that of the next."
    )


class SequenceSpec(ContractModel):
    """How much of a series is read to tell its class."""

    max_length: int = Field(
        default=4_096, ge=1, le=16_384, description="Steps of a series that are read, from its start."
    )
