"""Time series as network inputs: the sections ``training.series`` and ``training.sequence``."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.base import ContractModel, RulesViolated, RuleViolation


class SeriesConfig(ContractModel):
    """Forecasting windows: ``context`` input steps, followed by the ``horizon`` steps to forecast.

    A training window begins every ``stride`` steps; validation and test use every window. Scaling statistics are
    computed from the training part of each series alone.
    """

    added: ClassVar[frozenset[str]] = frozenset({"scaling", "residual", "season"})

    context: int = Field(default=96, ge=1, le=4_096, description="Context length: steps that a forecast sees.")
    horizon: int = Field(default=24, ge=1, le=1_024, description="Forecast horizon: steps that are forecast at once.")
    stride: int = Field(
        default=1,
        ge=1,
        le=4_096,
        description="Stride: steps from the beginning of a training window to that of the next.",
    )
    scaling: Literal["per_series", "global", "per_window"] = Field(
        default="per_series",
        description="Normalization: what a window is standardized by: its series, all series together, or itself, "
        "which is instance normalization (RevIN).",
    )
    residual: bool = Field(
        default=True,
        description="Residual forecast: the difference from the window's last value (NLinear); it follows trends.",
    )
    season: int | None = Field(
        default=None,
        ge=1,
        le=4_096,
        description="Seasonal period in steps, such as 7 for days with weeks: the test then tells what repeating "
        "it would do.",
    )

    @model_validator(mode="after")
    def _season_is_seen(self) -> Self:
        if self.season is not None and self.season > self.context:
            message = f"a season of {self.season} steps is longer than the context, {self.context} steps"
            raise RulesViolated(RuleViolation("season", message, "Raise context, or leave season out."))
        return self


class SequenceConfig(ContractModel):
    """How much of a sequence is read for its classification."""

    max_length: int = Field(
        default=4_096,
        ge=1,
        le=16_384,
        description="Maximum sequence length: steps of a series that are read, from its start.",
    )
