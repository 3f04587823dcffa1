"""Learning rate schedules: the learning rate at time t, given the optimizer's rate lr."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.base import Coefficient, ContractModel, RulesViolated, RuleViolation
from trainyard_spec.metrics import ValidationMetric


class ScheduleBase(ContractModel):
    warmup_steps: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        description="Warm-up steps: over them the learning rate rises linearly to its first value.",
    )

    @property
    def counts_steps(self) -> bool:
        """Whether t is counted in optimizer steps, not in epochs."""
        return False


class DecaySchedule(ScheduleBase):
    added: ClassVar[frozenset[str]] = frozenset({"unit"})

    unit: Literal["epochs", "steps"] = Field(
        default="epochs", description="Unit of t: epochs, fractional, or optimizer steps."
    )

    @property
    def counts_steps(self) -> bool:
        return self.unit == "steps"


class ConstantSchedule(ScheduleBase):
    name: Literal["constant"] = "constant"


class InverseTimeSchedule(DecaySchedule):
    """Inverse time decay: lr(t) = lr / (1 + decay * t), t in epochs (fractional) or steps, counted after warm-up."""

    name: Literal["inverse_time"]
    decay: Coefficient = Field(default=0.1, description="Decay rate.")


class ExponentialSchedule(DecaySchedule):
    """Exponential decay: lr(t) = lr * exp(-decay * t), t in epochs (fractional) or steps, counted after warm-up."""

    name: Literal["exponential"]
    decay: Coefficient = Field(default=0.1, description="Decay rate.")


class StepSchedule(ScheduleBase):
    """Step decay: lr(t) = lr * factor ** floor(t / every_epochs), with t in epochs, counted after warm-up.

    With ``every_steps`` it is floor(t / every_steps), with t in optimizer steps.
    """

    added: ClassVar[frozenset[str]] = frozenset({"every_steps"})

    name: Literal["step"]
    every_epochs: int = Field(default=10, ge=1, le=100_000, description="Step size in epochs.")
    every_steps: int | None = Field(
        default=None, ge=1, le=1_000_000_000, description="Step size in optimizer steps, instead of every_epochs."
    )
    factor: float = Field(default=0.1, gt=0, le=1, description="Decay factor (gamma) of each step.")

    @model_validator(mode="after")
    def _counts_one_of_both(self) -> Self:
        if self.every_steps is not None and self.every_epochs != type(self).model_fields["every_epochs"].default:
            raise RulesViolated(
                RuleViolation("every_epochs", "every_steps counts instead of every_epochs", "Leave one out.")
            )
        return self

    @property
    def counts_steps(self) -> bool:
        return self.every_steps is not None


class CosineSchedule(ScheduleBase):
    """Cosine annealing: lr(t) = floor + (lr - floor) * (1 + cos(pi * t / T)) / 2, floor = lr * final_fraction.

    T is the length of the training after warm-up, and t the time since warm-up.
    """

    name: Literal["cosine"]
    final_fraction: float = Field(default=0.0, ge=0, le=1, description="Final learning rate, as a share of lr.")


class OneCycleSchedule(ScheduleBase):
    """One cycle: half a cosine up from lr * start_fraction to lr, then half a cosine down to lr * final_fraction.

    The rise takes the fraction ``rise`` of T, the length of the training after warm-up. Smith & Topin,
    "Super-Convergence" (2019).
    """

    name: Literal["one_cycle"]
    rise: float = Field(default=0.3, gt=0, lt=1, description="Share of the training in which the rate rises.")
    start_fraction: float = Field(default=0.04, ge=0, le=1, description="First learning rate, as a share of lr.")
    final_fraction: float = Field(default=0.0, ge=0, le=1, description="Final learning rate, as a share of lr.")


class PlateauSchedule(ScheduleBase):
    """Reduce on plateau: multiplies the rate by ``factor`` when ``metric`` has not improved for ``patience`` epochs.

    It acts after more than ``patience`` epochs in a row without improvement. The rate never falls below lr *
    final_fraction.
    """

    name: Literal["plateau"]
    metric: ValidationMetric = Field(default="val_loss", description="Validation metric that is watched.")
    factor: float = Field(default=0.1, gt=0, lt=1, description="Decay factor of the learning rate.")
    patience: int = Field(default=3, ge=0, le=1_000, description="Patience: epochs without improvement that are borne.")
    min_delta: float = Field(
        default=0.0, ge=0, description="Minimum change of the metric that counts as an improvement."
    )
    final_fraction: float = Field(default=0.0, ge=0, le=1, description="Lowest learning rate, as a share of lr.")


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
