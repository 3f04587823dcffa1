"""What a training spec may ask for as ``training.optimizer``. Written by ``scripts/client_types.py``."""

from typing import Any, Literal, NotRequired, TypedDict


class AdagradConfig(TypedDict):
    name: Literal["adagrad"]
    lr: NotRequired[float]
    """Learning rate, before the schedule."""
    weight_decay: NotRequired[float]
    """Weight decay (L2): this times each weight is added to its gradient, as PyTorch's optimizer does."""


class AdamConfig(TypedDict):
    """Adam (Kingma & Ba, 2015)."""

    name: Literal["adam"]
    lr: NotRequired[float]
    """Learning rate, before the schedule."""
    betas: NotRequired[list[Any]]
    """Decay rates of the running means of gradients and of their squares (beta1, beta2)."""
    weight_decay: NotRequired[float]
    """Weight decay (L2): this times each weight is added to its gradient, as PyTorch's optimizer does."""


class AdamwConfig(TypedDict):
    """Adam with decoupled weight decay (Loshchilov & Hutter, 2019)."""

    name: Literal["adamw"]
    lr: NotRequired[float]
    """Learning rate, before the schedule."""
    betas: NotRequired[list[Any]]
    """Decay rates of the running means of gradients and of their squares (beta1, beta2)."""
    weight_decay: NotRequired[float]
    """Decoupled weight decay: each step takes this times the rate off every weight, beside its gradient."""


class RmspropConfig(TypedDict):
    name: Literal["rmsprop"]
    lr: NotRequired[float]
    """Learning rate, before the schedule."""
    momentum: NotRequired[float]
    """Momentum: share of the last update that is repeated in the next."""
    weight_decay: NotRequired[float]
    """Weight decay (L2): this times each weight is added to its gradient, as PyTorch's optimizer does."""


class SgdConfig(TypedDict):
    name: Literal["sgd"]
    lr: NotRequired[float]
    """Learning rate, before the schedule."""
    momentum: NotRequired[float]
    """Momentum: share of the last update that is repeated in the next."""
    nesterov: NotRequired[bool]
    """Nesterov momentum: the gradient is taken where momentum leads."""
    weight_decay: NotRequired[float]
    """Weight decay (L2): this times each weight is added to its gradient, as PyTorch's optimizer does."""
