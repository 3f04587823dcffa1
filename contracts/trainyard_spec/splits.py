"""The section ``split``: training, validation and test rows."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.base import ContractModel

Seed = Annotated[int, Field(ge=0, lt=2**31)]


class SplitConfig(ContractModel):
    """Training, validation and test split. The fractions sum to one.

    ``random`` draws rows, stratified by class; ``time`` takes the earliest rows for training and the latest for the
    test; ``group`` draws whole groups; ``given`` follows a column of the data, or the folders of an archive, and
    ignores the fractions.
    """

    by: Literal["random", "time", "group", "given"] = Field(
        default="random",
        description="Split strategy. All but random need a dataset that was uploaded with the option of that name.",
    )
    train: float = Field(default=0.8, gt=0, lt=1, description="Training fraction of the rows.")
    val: float = Field(default=0.1, gt=0, lt=1, description="Validation fraction of the rows.")
    test: float = Field(default=0.1, gt=0, lt=1, description="Test fraction of the rows.")
    seed: Seed = Field(default=0, description="Random seed of the split.")

    @model_validator(mode="after")
    def _sums_to_one(self) -> Self:
        total = self.train + self.val + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"train, val and test must sum to 1, not {total:g}")
        return self


SPLIT_OPTION: dict[str, str] = {"time": "time", "group": "group", "given": "split"}
"""The option of a dataset that a split by anything but chance needs."""
