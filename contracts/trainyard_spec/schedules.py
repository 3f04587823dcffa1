"""Learning rate schedules: what the rate lr of the optimizer becomes at time t."""

from typing import Annotated, Literal

from pydantic import Field

from trainyard_spec.base import Coefficient, ContractModel


class ScheduleBase(ContractModel):
    warmup_steps: int = Field(
        default=0, ge=0, le=1_000_000, description="Steps over which the rate rises linearly to its first value."
    )


class ConstantSchedule(ScheduleBase):
    name: Literal["constant"] = "constant"


class InverseTimeSchedule(ScheduleBase):
    """lr(t) = lr / (1 + decay * t), t in epochs (fractional, counted after warm-up)."""

    name: Literal["inverse_time"]
    decay: Coefficient = 0.1


class ExponentialSchedule(ScheduleBase):
    """lr(t) = lr * exp(-decay * t), t in epochs (fractional, counted after warm-up)."""

    name: Literal["exponential"]
    decay: Coefficient = 0.1


class StepSchedule(ScheduleBase):
    """lr(t) = lr * factor ** floor(t / every_epochs), t in epochs counted after warm-up."""

    name: Literal["step"]
    every_epochs: int = Field(default=10, ge=1, le=100_000)
    factor: float = Field(default=0.1, gt=0, le=1)


class CosineSchedule(ScheduleBase):
    """lr(t) = floor + (lr - floor) * (1 + cos(pi * t / T)) / 2, floor = lr * final_fraction, T the epochs left."""

    name: Literal["cosine"]
    final_fraction: float = Field(default=0.0, ge=0, le=1)


class OneCycleSchedule(ScheduleBase):
    """Half cosines from lr * start_fraction up to lr over the first ``rise`` of T, then down to lr * final_fraction.

    T are the epochs after warm-up. Smith & Topin, "Super-Convergence" (2019).
    """

    name: Literal["one_cycle"]
    rise: float = Field(default=0.3, gt=0, lt=1)
    start_fraction: float = Field(default=0.04, ge=0, le=1)
    final_fraction: float = Field(default=0.0, ge=0, le=1)


class PlateauSchedule(ScheduleBase):
    """Multiplies the rate by ``factor`` after more than ``patience`` epochs in a row in which ``metric`` is no better.

    The rate never falls below lr * final_fraction.
    """

    name: Literal["plateau"]
    metric: Literal["val_loss", "val_accuracy", "val_wer", "val_cer"] = "val_loss"
    factor: float = Field(default=0.1, gt=0, lt=1)
    patience: int = Field(default=3, ge=0, le=1_000)
    min_delta: float = Field(default=0.0, ge=0, description="Smallest change that counts as better.")
    final_fraction: float = Field(default=0.0, ge=0, le=1)


AnySchedule = Annotated[
    ConstantSchedule
    | InverseTimeSchedule
    | ExponentialSchedule
    | StepSchedule
    | CosineSchedule
    | OneCycleSchedule
    | PlateauSchedule,
    Field(discriminator="name"),
]
