"""Preprocessing: how stored numbers become network inputs."""

from typing import Literal

from pydantic import Field

from trainyard_spec.base import ContractModel


class PreprocessConfig(ContractModel):
    """Preprocessing of stored numbers into network inputs; its statistics are computed from the training rows alone.

    ``scale``: standardize to mean 0 and standard deviation 1, min_max to 0 … 1, or none; per image channel or numeric
    column.
    """

    scale: Literal["standardize", "min_max", "none"] = Field(
        default="standardize",
        description="Feature scaling: standardize to mean 0 and deviation 1, min_max to 0 … 1, or none.",
    )
    impute: Literal["mean", "median"] = Field(
        default="mean", description="Imputation: what a column's missing numbers become."
    )
