"""Optimizers as in PyTorch, with learning rate, momentum and weight decay."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.base import Coefficient, ContractModel, Probability, RulesViolated, RuleViolation

L2Decay = Annotated[
    Coefficient,
    Field(
        description="Weight decay (L2): this times each weight is added to its gradient, as PyTorch's optimizer does."
    ),
]


class SgdConfig(ContractModel):
    name: Literal["sgd"]
    lr: float = Field(default=0.01, gt=0, le=100, description="Learning rate, before the schedule.")
    momentum: Probability = Field(
        default=0.9, description="Momentum: share of the last update that is repeated in the next."
    )
    nesterov: bool = Field(default=False, description="Nesterov momentum: the gradient is taken where momentum leads.")
    weight_decay: L2Decay = 0.0

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise RulesViolated(RuleViolation("nesterov", "nesterov needs a momentum above 0", "Raise momentum."))
        return self


class AdamConfig(ContractModel):
    """Adam (Kingma & Ba, 2015)."""

    name: Literal["adam"]
    lr: float = Field(default=0.001, gt=0, le=100, description="Learning rate, before the schedule.")
    betas: tuple[Probability, Probability] = Field(
        default=(0.9, 0.999),
        description="Decay rates of the running means of gradients and of their squares (beta1, beta2).",
    )
    weight_decay: L2Decay = 0.0


class AdamwConfig(ContractModel):
    """Adam with decoupled weight decay (Loshchilov & Hutter, 2019)."""

    name: Literal["adamw"]
    lr: float = Field(default=0.001, gt=0, le=100, description="Learning rate, before the schedule.")
    betas: tuple[Probability, Probability] = Field(
        default=(0.9, 0.999),
        description="Decay rates of the running means of gradients and of their squares (beta1, beta2).",
    )
    weight_decay: Coefficient = Field(
        default=0.01,
        description="Decoupled weight decay: each step takes this times the rate off every weight, beside its "
        "gradient.",
    )


class RmspropConfig(ContractModel):
    name: Literal["rmsprop"]
    lr: float = Field(default=0.001, gt=0, le=100, description="Learning rate, before the schedule.")
    momentum: Probability = Field(
        default=0.0, description="Momentum: share of the last update that is repeated in the next."
    )
    weight_decay: L2Decay = 0.0


class AdagradConfig(ContractModel):
    name: Literal["adagrad"]
    lr: float = Field(default=0.01, gt=0, le=100, description="Learning rate, before the schedule.")
    weight_decay: L2Decay = 0.0


AnyOptimizer = Annotated[
    SgdConfig | AdamConfig | AdamwConfig | RmspropConfig | AdagradConfig, Field(discriminator="name")
]
